"""The tax ledger as a file, and the files that the withholding client reads: to the character, for whom they are."""

import csv
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from mcn.accounts.models import AuditEntry, Membership
from mcn.anchors.models import Payee
from mcn.anchors.services import wage_deductions_save
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.jobs import services as job_services
from mcn.settlements.exports import downloads, jobs, services
from mcn.settlements.exports.withholding_client import LABOUR_HEADERS, WAGES_HEADERS
from mcn.settlements.exports.withholding_people import HEADERS, Card
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.taxed import LIN, MU, earns, june_and_july, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def closed(inside: World) -> World:
    june_and_july(inside)
    return inside


def written(what: str, form: str, period: str = JUNE, actor: Any = None) -> Path:
    services.write_files(actor=actor, period=period, what=[what], formats=[form], name="exports/1")
    return services.files.path_of(f"exports/1/{what}.{form}")


def csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_ledger_as_csv(closed: World) -> None:
    header, labour, wages = csv_rows(written("tax", "csv"))
    found = dict(zip(header, labour, strict=True))
    assert found.pop("source").startswith("个人所得税扣缴申报管理办法")
    assert found == {
        "period": JUNE, "payees": "A02 A03 A04", "legal_name": "林小鹿", "method": "per_payment",
        "table": "labour-2019", "income": "26000.00", "months": "0", "span_income": "26000.00",
        "costs": "5200", "deductions": "0.00",
        "base": "20800", "rate": "0.3", "quick_deduction": "2000.00", "due": "4240", "withheld_before": "0.00",
        "tax": "4240.00", "year_income": "26000.00", "year_tax": "4240.00",
    }  # fmt: skip
    found = dict(zip(header, wages, strict=True))
    assert [found[name] for name in ("payees", "method", "months", "deductions", "base", "due", "tax")] == [
        "A05", "wages", "6", "37200.00", "-25200", "0", "0.00",
    ]  # fmt: skip
    assert LIN not in written("tax", "csv").read_text("utf-8")


def test_the_ledger_as_xlsx_checks_itself_against_the_statements(closed: World) -> None:
    *_rows, total, check = openpyxl.load_workbook(written("tax", "xlsx", JULY)).worksheets[0].values
    assert (total[15], check[15]) == (1600, 0)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_labour_pay_has_the_columns_of_the_client_in_any_language(closed: World, language: str) -> None:
    with translation.override(language):
        (sheet,) = openpyxl.load_workbook(written("tax-labour", "xlsx")).worksheets
    header, *rows = sheet.values
    assert header == LABOUR_HEADERS == (
        "工号", "*姓名", "*证件类型", "*证件号码", "*所得项目", "*收入", "免税收入", "商业健康保险", "税延养老保险",
        "其他", "允许扣除的税费", "减免税额", "协定减免", "备注",
    )  # fmt: skip
    assert rows == [("A02", "林小鹿", "居民身份证", LIN, "一般劳务报酬所得", 26000, *[None] * 8)]
    assert sheet.cell(2, 4).data_type == "s"


def test_wages_have_the_columns_of_the_client(closed: World) -> None:
    header, *rows = csv_rows(written("tax-wages", "csv"))
    assert tuple(header) == WAGES_HEADERS == (
        "工号", "姓名", "*证照类型", "*证照号码", "*本期收入", "本期免税收入", "基本养老保险费", "基本医疗保险费",
        "失业保险费", "住房公积金", "累计子女教育", "累计继续教育", "累计住房贷款利息", "累计住房租金", "累计赡养老人",
    )  # fmt: skip
    assert rows == [["A05", "林小鹿", "居民身份证", LIN, "12000.00", *[""] * 10]]


def test_wages_have_the_parts_that_are_recorded(inside: World) -> None:
    payee = person("A05", kind="employee", legal_name="林小鹿", id_number=LIN, employed_from=date(2026, 6, 1))
    parts = {"pension_fen": 80000, "medical_fen": 20000, "unemployment_fen": 5000, "housing_fund_fen": 120000}
    special = {"children_fen": 100000, "elderly_fen": 50000}
    wage_deductions_save(actor=None, payee=payee, period=JUNE, **parts, **special)
    wage_deductions_save(actor=None, payee=payee, period=JULY, rent_fen=150000)
    earns("A05", 1200000, JUNE)
    earns("A05", 1200000, JULY)
    desk = Books(inside)
    desk.close(JUNE)
    # 12,000 − 5,000 − 2,250 − 1,500 = 3,250 × 3 %
    assert desk.statement(JUNE, "A05").tax_fen == 9750
    desk.close(JULY)
    # 24,000 − 10,000 − 2,250 − 1,500 − 1,500 = 8,750 × 3 % − 97.50
    assert desk.statement(JULY, "A05").tax_fen == 16500
    assert csv_rows(written("tax-wages", "csv"))[1][4:] == [
        "12000.00", "", "800.00", "200.00", "50.00", "1200.00", "1000.00", "0.00", "0.00", "0.00", "500.00",
    ]  # fmt: skip
    assert csv_rows(written("tax-wages", "csv", JULY))[1][6:] == [
        "0.00", "0.00", "0.00", "0.00", "1000.00", "0.00", "0.00", "1500.00", "500.00",
    ]  # fmt: skip
    with pytest.raises(RuleError):
        wage_deductions_save(actor=None, payee=payee, period=JULY, rent_fen=0, last_closed=JULY)


def test_special_deductions_stay_empty_where_a_month_of_the_year_is_not_recorded(inside: World) -> None:
    payee = person("A05", kind="employee", legal_name="林小鹿", id_number=LIN, social_insurance_fen=120000)
    wage_deductions_save(actor=None, payee=payee, period=JUNE, pension_fen=90000, children_fen=100000)
    earns("A05", 1200000, JUNE)
    Books(inside).close(JUNE)
    assert csv_rows(written("tax-wages", "csv"))[1][6:] == ["900.00", "0.00", "0.00", "0.00", *[""] * 5]


def test_only_wages_have_deductions_and_none_is_below_zero(inside: World) -> None:
    payee = person("A02")
    with pytest.raises(RuleError):
        wage_deductions_save(actor=None, payee=payee, period=JUNE, pension_fen=1)
    employee = person("A05", kind="employee")
    for period, amount in ((JUNE, -1), ("2026-13", 1)):
        with pytest.raises(RuleError):
            wage_deductions_save(actor=None, payee=employee, period=period, pension_fen=amount)


def test_people_have_the_columns_of_the_client_and_what_their_card_says(closed: World) -> None:
    Payee.objects.filter(code="A05").update(employed_from=date(2026, 3, 1))
    employee = Payee.objects.get(code="A05")
    employee.phone = "13800000001"
    employee.save()
    header, *rows = csv_rows(written("tax-people", "csv"))
    assert tuple(header) == HEADERS == (
        "工号", "*姓名", "*证照类型", "*证照号码", "*性别", "*出生日期", "*国籍(地区)", "*人员状态", "是否残疾",
        "是否烈属", "是否孤老", "*任职受雇从业类型", "手机号码", "来华时间", "任职受雇从业日期", "离职日期",
    )  # fmt: skip
    # Lin has labour pay as A02 and wages as A05: one person, and an employee; 330106 19950505 00 3 5 is a man's
    assert rows == [[
        "A05", "林小鹿", "居民身份证", LIN, "男", "1995-05-05", "中国", "正常", "", "", "", "雇员", "13800000001", "",
        "2026-03-01", "",
    ]]  # fmt: skip


def test_whose_card_says_nothing_is_left_to_be_filled_in(closed: World) -> None:
    assert Card.of(MU) == Card("居民身份证", "男", "1985-01-01", "中国")
    assert Card.of("110101198501010028") == Card("居民身份证", "女", "1985-01-01", "中国")
    assert Card.of("110101198513010019") == Card("居民身份证", "男", "", "中国")
    payee = Payee.objects.get(code="A07")
    payee.id_number = "EA1234567"
    payee.save()
    lin, mu = csv_rows(written("tax-people", "csv", JULY))[1:]
    assert (lin[0], lin[11], lin[14]) == ("A02", "其他", "")
    assert mu == ["A07", "穆一凡", "", "EA1234567", "", "", "", "正常", "", "", "", "其他", "", "", "", ""]


ANA = {
    "kind": "foreign_passport", "country": "巴西", "sex": "female", "born_on": "1992-03-04", "entered_on": "2025-09-10",
}  # fmt: skip


@pytest.fixture
def abroad(inside: World) -> World:
    """Ana is a non-resident with 5,000.00 in June as A02 and 1,000.00 as A03, Bo another one, Lin a resident."""
    for code in ("A02", "A03"):
        person(code, legal_name="Ana Souza", id_number="FX123456", non_resident=True)
    person("A04", legal_name="Bo", id_number="P7654321", non_resident=True, document=ANA | {"sex": ""})
    person("A05", legal_name="林小鹿", id_number=LIN)
    for code, fen in (("A02", 500000), ("A03", 100000), ("A04", 100000), ("A05", 100000)):
        earns(code, fen, JUNE)
    Books(inside).close(JUNE)
    return inside


def test_non_residents_are_persons_of_the_client_with_their_document(abroad: World) -> None:
    for code, document in (("A03", ANA), ("A04", ANA | {"kind": "hk_macau_permit", "sex": "male"})):
        payee = Payee.objects.get(code=code)
        payee.document = document
        payee.save()
    assert csv_rows(written("tax-people", "csv"))[1:] == [
        ["A02", "Ana Souza", "外国护照", "FX123456", "女", "1992-03-04", "巴西", "正常", "", "", "", "其他", "",
         "2025-09-10", "", ""],
        ["A04", "Bo", "港澳居民来往内地通行证", "P7654321", "男", "1992-03-04", "巴西", "正常", "", "", "", "其他", "",
         "2025-09-10", "", ""],
        ["A05", "林小鹿", "居民身份证", LIN, "男", "1995-05-05", "中国", "正常", "", "", "", "其他", "", "", "", ""],
    ]  # fmt: skip
    # their income is filed in a form of its own
    assert [row[0] for row in csv_rows(written("tax-labour", "csv"))[1:]] == ["A05"]


def test_what_is_wanting_of_non_residents_is_named_and_nothing_is_written(abroad: World) -> None:
    with pytest.raises(RuleError) as caught:
        written("tax-people", "csv")
    with translation.override("en"):
        assert str(caught.value) == (
            "The withholding client asks for more of these non-residents: Ana Souza (A02: Kind of document,"
            " Nationality, Sex, Date of birth, First entry into China), Bo (A04: Sex)."
        )
    assert not services.files.path_of("exports/1").exists()
    assert len(csv_rows(written("tax-labour", "csv"))) == 2


def test_a_non_resident_with_a_residents_card_lacks_nothing(inside: World) -> None:
    person("A02", legal_name="林小鹿", id_number=LIN, non_resident=True)
    earns("A02", 500000, JUNE)
    Books(inside).close(JUNE)
    assert csv_rows(written("tax-people", "csv"))[1][2:7] == ["居民身份证", LIN, "男", "1995-05-05", "中国"]


def test_a_residents_other_document_is_told_where_it_is_recorded(closed: World) -> None:
    payee = Payee.objects.get(code="A07")
    payee.id_number, payee.document = "EA1234567", ANA
    payee.save()
    assert csv_rows(written("tax-labour", "csv", JULY))[2][2:4] == ["外国护照", "EA1234567"]
    assert csv_rows(written("tax-people", "csv", JULY))[2][2:7] == ["外国护照", "EA1234567", "女", "1992-03-04", "巴西"]


def test_a_month_without_wages_gives_the_columns_alone(closed: World) -> None:
    assert len(csv_rows(written("tax-wages", "csv", JULY))) == 1


def test_the_income_item_is_the_agencys(closed: World) -> None:
    Agency.objects.filter(pk=closed.id).update(labour_income_item="劳务报酬")
    assert csv_rows(written("tax-labour", "csv"))[1][4] == "劳务报酬"


def test_who_has_no_identity_number_is_named_and_nothing_is_written(closed: World) -> None:
    with pytest.raises(RuleError) as caught:
        written("tax-labour", "csv", JULY)
    with translation.override("en"):
        assert str(caught.value) == (
            "These payees have no identity number, which the withholding client asks for: 穆一凡 (A07)."
        )
    assert not services.files.path_of("exports/1").exists()
    payee = Payee.objects.get(code="A07")
    payee.id_number = f" {MU[:17]}x "
    payee.save()
    assert csv_rows(written("tax-labour", "csv", JULY))[2][2:4] == ["居民身份证", f"{MU[:17]}X"]


def test_the_kind_of_another_document_is_left_to_the_client(closed: World) -> None:
    payee = Payee.objects.get(code="A07")
    payee.id_number = "EA1234567"
    payee.save()
    assert csv_rows(written("tax-labour", "csv", JULY))[2][2:4] == ["", "EA1234567"]


def test_only_closed_months_are_filed(closed: World) -> None:
    Period.objects.create(code="2026-08", state="calculated", calculated_at="2026-09-01T00:00:00Z")
    for what in ("tax-people", "tax-labour", "tax-wages"):
        with pytest.raises(Conflict):
            written(what, "csv", "2026-08")
    assert len(csv_rows(written("tax", "csv", "2026-08"))) == 1


# ── who may have them ────────────────────────────────────────────────────────────────────────────────


def test_every_look_is_in_the_audit_trail_of_the_payee(closed: World) -> None:
    written("tax-labour", "csv", actor=closed.finance)
    (entry,) = AuditEntry.objects.filter(action="reveal")
    assert (entry.actor, entry.target_id) == (closed.finance, Payee.objects.get(code="A02").pk)
    assert entry.after == {"fields": ["id_number"], "what": ["tax-labour"], "period": JUNE}
    written("tax", "csv", actor=closed.finance)
    assert AuditEntry.objects.filter(action="reveal").count() == 1
    written("tax-people", "csv", actor=closed.finance)
    entry = AuditEntry.objects.filter(action="reveal").latest("pk")
    assert entry.target_id == Payee.objects.get(code="A05").pk
    assert entry.after == {"fields": ["id_number", "document", "phone"], "what": ["tax-people"], "period": JUNE}


@pytest.mark.parametrize("what", ["tax-people", "tax-labour", "tax-wages"])
def test_who_may_not_reveal_personal_data_gets_no_numbers(closed: World, what: str) -> None:
    auditor = closed.user("auditor")
    with pytest.raises(NotAllowed):
        jobs.start(actor=auditor, period=JUNE, what=[what], formats=["csv"])
    with pytest.raises(NotAllowed):
        written(what, "csv", actor=auditor)
    assert written("tax", "csv", actor=auditor).exists()


def test_nor_downloads_what_somebody_else_ordered(closed: World) -> None:
    job = jobs.start(actor=closed.finance, period=JUNE, what=["statements", "tax-labour"], formats=["csv"])
    assert job_services.run(job.pk).state == "done"
    members = Membership.objects
    with pytest.raises(PermissionDenied):
        downloads.export_response(member=members.get(user=closed.user("auditor")), job_id=job.pk)
    found = downloads.export_response(member=members.get(user=closed.finance), job_id=job.pk)
    assert BytesIO(b"".join(found)).getvalue()[:2] == b"PK"
