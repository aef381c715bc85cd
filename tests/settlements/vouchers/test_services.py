"""The mapping of accounts: who may change it, what may stand in it, and what the audit trail keeps."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from mcn.accounts.models import AuditEntry
from mcn.core.errors import NotAllowed, RuleError
from mcn.settlements.models import Account, VoucherSettings, VoucherSubject
from mcn.settlements.models.vouchers import Auxiliary
from mcn.settlements.vouchers.services import subjects_save
from mcn.settlements.vouchers.subjects import DEFAULT_HEAD, DEFAULT_SUBJECTS, Head, Subject, head, subjects
from tests.agencies import World

pytestmark = pytest.mark.django_db
BANK = DEFAULT_SUBJECTS[Account.BANK]


def save(inside: World, subject: Subject = BANK, given_head: Head = DEFAULT_HEAD) -> bool:
    return subjects_save(actor=inside.finance, given_head=given_head, given={Account.BANK: subject})


def test_only_what_differs_from_the_default_is_kept(inside: World) -> None:
    everything = {**DEFAULT_SUBJECTS, Account.BANK: Subject(" 1002.01 ", " 银行存款-招行 ", Auxiliary.NONE)}
    assert subjects_save(actor=inside.finance, given_head=Head("转", "王芳"), given=everything)
    assert [(row.account, row.code, row.name) for row in VoucherSubject.objects.all()] == [
        ("bank", "1002.01", "银行存款-招行")
    ]
    assert head() == Head("转", "王芳")
    assert subjects()[Account.BANK] == Subject("1002.01", "银行存款-招行")
    assert [(entry.action, entry.target) for entry in AuditEntry.objects.order_by("pk")] == [
        ("create", "settlements.vouchersettings"),
        ("create", "settlements.vouchersubject"),
    ]
    assert not subjects_save(actor=inside.finance, given_head=head(), given=subjects())
    assert save(inside, given_head=head())  # back to the default
    assert subjects() == DEFAULT_SUBJECTS
    assert AuditEntry.objects.latest("pk").after["code"] == "1002"
    assert VoucherSettings.objects.count() == VoucherSubject.objects.count() == 1


def test_who_may_not_change_it_is_refused(inside: World) -> None:
    with pytest.raises(NotAllowed):
        subjects_save(actor=inside.user("auditor"), given_head=DEFAULT_HEAD, given={})


@pytest.mark.parametrize("code", ["", " ", "10\t02", "10\n02", "1002,", "=1002", "-1", "一〇〇二", "1" * 41])
def test_a_code_that_no_programme_knows_is_refused(inside: World, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        save(inside, replace(BANK, code=code))
    assert caught.value.field == "code_bank"
    with translation.override("en"):
        assert str(caught.value).startswith("Bank: a subject code has digits")
    assert not VoucherSubject.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "  ", "银行\t存款", "银行\n存款", "银行\u2028存款", "a,b", 'a"b', "=1+1", "@x", "x" * 81]
)
def test_a_name_that_a_file_cannot_hold_is_refused(inside: World, text: str) -> None:
    with pytest.raises(RuleError) as caught:
        save(inside, replace(BANK, name=text))
    assert caught.value.field == "name_bank"


@pytest.mark.parametrize(
    ("given_head", "field"),
    [
        (Head("", "王芳"), "word"),
        (Head("记账凭证字", "王芳"), "word"),
        (Head("记", " "), "preparer"),
        (Head("记", "王\t芳"), "preparer"),
    ],
)
def test_word_and_preparer_are_checked_too(inside: World, given_head: Head, field: str) -> None:
    with pytest.raises(RuleError) as caught:
        save(inside, replace(BANK, code="1003"), given_head)
    assert caught.value.field == field
    assert not VoucherSubject.objects.exists()


@pytest.mark.parametrize("values", [{"code": ""}, {"code": "a\tb"}, {"name": ""}], ids=["no code", "tab", "no name"])
def test_the_database_refuses_what_is_no_subject(inside: World, values: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        VoucherSubject.objects.create(**{"account": "bank", "code": "1002", "name": "x"} | values)
