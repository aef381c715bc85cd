"""The accounts that pay, and an agency's own columns."""

import pytest

from mcn.core.errors import NotAllowed, RuleError
from mcn.settlements.models import PayingAccount
from mcn.settlements.payouts.accounts import account_save, columns_save
from tests.agencies import World

pytestmark = pytest.mark.django_db
OWN = [
    {"header": "账号", "source": "account", "text": ""},
    {"header": "户名", "source": "holder", "text": ""},
    {"header": "金额", "source": "amount", "text": ""},
]


def saved(world: World, **changes: str) -> tuple[PayingAccount, str]:
    given = {"code": "Z01", "name": "基本户", "channel": "bank", "holder": "星河", "form": "cmb", "number": "11090001"}
    return account_save(actor=world.finance, **(given | changes))


def test_an_account_is_kept_and_its_number_is_encrypted(inside: World) -> None:
    account, outcome = saved(inside)
    assert (outcome, account.shown_number) == ("created", "••••0001")
    assert saved(inside)[1] == "unchanged"
    changed, outcome = account_save(
        actor=inside.finance, code="Z01", name="一般户", channel="bank", holder="星河", form="generic"
    )
    assert (outcome, changed.number, changed.form) == ("changed", "11090001", "generic")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel": "alipay"}, "no file for"),
        ({"form": "alipay"}, "no file for"),
        ({"form": "nothing"}, "nothing"),
        ({"channel": "cash"}, "cash"),
    ],
)
def test_a_form_that_the_channel_does_not_take(inside: World, changes: dict[str, str], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        saved(inside, **changes)


def test_a_new_account_has_a_number(inside: World) -> None:
    with pytest.raises(RuleError, match="number"):
        account_save(actor=inside.finance, code="Z01", name="a", channel="bank", holder="h", form="cmb")


def test_own_columns_make_the_form_the_agencys_own(inside: World) -> None:
    account, _outcome = saved(inside)
    kept = columns_save(actor=inside.finance, account=account, columns=OWN)
    assert (kept.form, kept.columns[0]) == ("own", {"header": "账号", "source": "account"})
    with pytest.raises(RuleError, match="missing"):
        columns_save(actor=inside.finance, account=account, columns=OWN[:2])


def test_who_may(inside: World) -> None:
    account, _outcome = saved(inside)
    auditor = inside.user("auditor")
    with pytest.raises(NotAllowed):
        account_save(actor=auditor, code="Z02", name="a", channel="bank", holder="h", form="cmb", number="1")
    with pytest.raises(NotAllowed):
        columns_save(actor=auditor, account=account, columns=OWN)
