"""What each record shows, to the fen, and what never appears."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from mcn.accounts.models import Membership, User
from mcn.anchors.models import Anchor, Contract, ContractVersion, Payee, PlatformAccount
from mcn.commissions.models import SplitRule, TierStep, Unmatched
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.jobs.models import Job
from mcn.sales.models import OrderLine, SalesImport
from mcn.settlements.models import Statement
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.api.conftest import Api
from tests.api.test_access import LISTS
from tests.month import NOON, Month, make_event, make_line
from tests.shares import make_share

pytestmark = pytest.mark.django_db
ORDER = "6900000000000000001"


@pytest.fixture
def inside_month(xinghe: World, month: Month) -> Any:
    """Opens xinghe's data for the test's own changes."""
    with agency_scope(xinghe.id), transaction.atomic():
        yield month


def test_anchors(api: Api, inside_month: Month) -> None:
    anchor = Anchor.objects.get()
    account = PlatformAccount.objects.create(
        anchor=anchor, platform="douyin", account_id="10000000001", starts_on=date(2026, 1, 1)
    )
    assert api.rows("anchors/") == [
        {
            "id": anchor.pk,
            "code": "A01",
            "stage_name": "小鹿",
            "status": "active",
            "joined_on": None,
            "accounts": [
                {
                    "id": account.pk,
                    "platform": "douyin",
                    "account_id": "10000000001",
                    "nickname": "",
                    "starts_on": "2026-01-01",
                    "ends_on": None,
                    "collected_by": "agency",
                }
            ],
        }
    ]


def test_contracts_with_their_terms(api: Api, inside_month: Month) -> None:
    tiers = SplitRule.objects.create(
        version=inside_month.version, income="commission", tier_metric="net_gmv", tier_mode="slab", position=2
    )
    TierStep.objects.create(rule=tiers, position=1, up_to=10_000_000, rate=Decimal("0.3"))
    TierStep.objects.create(rule=tiers, position=2, up_to=None, rate=Decimal("0.4"))
    (contract,) = api.rows("contracts/", anchor="A01", in_force_on="2028-12-31")
    (version,) = contract.pop("versions")
    assert contract == {
        "id": inside_month.contract.pk,
        "number": "-XH-1",
        "anchor": "A01",
        "starts_on": "2026-01-01",
        "ends_on": "2028-12-31",
        "exclusive": True,
    }
    assert version["guarantee_fen"] is None
    plain, tiered = version["splits"]
    assert (plain["scope"], plain["scope_value"], plain["rate"], plain["steps"]) == (
        "platform",
        "douyin",
        "0.350000",
        [],
    )
    assert (tiered["scope"], tiered["scope_value"], tiered["rate"]) == ("none", "", None)
    assert tiered["steps"] == [{"up_to": 10_000_000, "rate": "0.300000"}, {"up_to": None, "rate": "0.400000"}]
    (override,) = version["overrides"]
    assert (override["payee"], override["rate"], override["basis"]) == ("G01", "0.050000", "agency_share")
    assert api.rows("contracts/", in_force_on="2029-01-01") == []


def test_order_lines_and_events(api: Api) -> None:
    (line,) = api.rows("order-lines/", order_key=ORDER)
    assert (line["platform"], line["status"], line["paid_at"]) == ("douyin", "settled", "2026-07-03T04:00:05Z")
    assert (line["settled_base_fen"], line["settled_gross_fen"], line["settled_fee_fen"]) == (12900, 2580, 258)
    settled, back = api.rows("earning-events/", order_key=ORDER, period="2026-07")
    assert (settled["kind"], settled["pool_fen"], settled["line"]) == ("settled", 2322, line["id"])
    assert (back["kind"], back["pool_fen"], back["occurred_at"]) == ("clawback", -1161, "2026-07-31T15:59:59Z")
    assert api.rows("earning-events/", kind="clawback", line=line["id"]) == [back]
    assert api.rows("earning-events/", platform="taobao") == []
    assert len(api.rows("order-lines/", paid_from="2026-07-03T12:00:05+08:00")) == 2
    assert api.rows("order-lines/", paid_from="2026-07-03T12:00:05.000001+08:00") == []
    assert len(api.rows("order-lines/", paid_until="2026-07-03T12:00:05.000001+08:00")) == 2
    assert api.rows("order-lines/", paid_until="2026-07-03T12:00:05+08:00") == []


@pytest.mark.parametrize("starts_at", ["00:00", "12:00", "12:01"])
def test_moments_of_payment_find_the_lines_of_a_business_day_that_began_the_day_before(
    api: Api, inside_month: Month, starts_at: str
) -> None:
    """Noon of 3 July is on the second, where the agency's day begins later."""
    Agency.objects.filter(slug="xinghe").update(day_starts_at=starts_at)
    OrderLine.objects.update(paid_on=date(2026, 7, 2 if starts_at == "12:01" else 3))
    assert len(api.rows("order-lines/", paid_from="2026-07-03T12:00:05+08:00")) == 2
    assert len(api.rows("order-lines/", paid_until="2026-07-03T12:00:06+08:00")) == 2


def test_unmatched(api: Api) -> None:
    event, entry = api.rows("unmatched/", period="2026-07")
    assert (event["order_key"], event["reason"], event["pool_fen"]) == ("=1+1", "unknown_account", 2322)
    assert (event["platform"], event["entry"]) == ("wechat", None)
    assert (entry["entry"], entry["event"], entry["platform"], entry["pool_fen"]) == ("E02", None, None, 800000)
    assert api.rows("unmatched/", reason="no_split_rule") == [entry]


def test_periods_are_found_by_month(api: Api) -> None:
    period = api.get("periods/2026-07/")
    assert (period["code"], period["state"], period["closed_at"]) == ("2026-07", "calculated", None)
    assert api.get("periods/2026-08/", 404)["code"] == "not_found"


def test_statements(api: Api) -> None:
    (statement,) = api.rows("statements/", period="2026-07", payee="A01")
    assert (statement["name"], statement["kind"], statement["period"]) == ("小鹿", "labour", "2026-07")
    assert (statement["earned_fen"], statement["penalties_fen"], statement["net_pay_fen"]) == (50406, -1230, 48176)


def test_lines_of_a_statement_add_up_and_explain_themselves(api: Api, inside_month: Month) -> None:
    for statement in api.rows("statements/"):
        lines = api.rows(f"statements/{statement['id']}/lines/")
        assert sum(line["share_fen"] for line in lines) == statement["earned_fen"]
    statement = Statement.objects.get(code="A01")
    address = f"statements/{statement.pk}/lines/"
    share, back, bonus = api.rows(address)
    assert (share["kind"], share["pool_fen"], share["share_fen"], share["column"]) == (
        "settled",
        2322,
        813,
        "commission_share",
    )
    assert share["explanation"] == {
        "method": "share",
        "text": "Share",
        "contract": "-XH-1",
        "version": 1,
        "tail": False,
        "rule": inside_month.rule.pk,
        "scope": "platform:douyin",
        "override": None,
        "basis": None,
        "rate": "0.35",
        "weight": "1.000000",
        "metric": None,
        "bucket_lines": 1,
        "bucket_base": "2322.000000000000",
        "bucket_share_fen": 813,
    }
    assert (back["kind"], back["share_fen"], back["explanation"]["rate"]) == ("clawback", -407, None)
    assert (bonus["entry"], bonus["kind"], bonus["date"], bonus["pool_fen"]) == ("E01", "bonus", "2026-07-05", 50000)
    assert api.rows(address, column="bonus") == [bonus]
    assert api.rows(address, order_key=ORDER) == [share, back]
    (over, _over_back) = api.rows(f"statements/{Statement.objects.get(code='G01').pk}/lines/")
    assert (over["explanation"]["method"], over["explanation"]["basis"]) == ("override", "agency_share")


def test_imports_and_jobs(api: Api, inside_month: Month) -> None:
    job = Job.objects.create(
        kind="export", subject="2026-07", state="failed", done=1, total=4,
        error={"message": "Unknown role %(role)s.", "params": {"role": "king"}},
    )  # fmt: skip
    SalesImport.objects.update(job=job)
    assert api.rows("imports/", state="waiting")[0]["job"] == job.pk
    (found,) = api.rows("jobs/", kind="export")
    assert (found["percent"], found["state"], found["error"]) == (25, "failed", "Unknown role king.")


def test_personal_data_never_appears(api: Api, inside_month: Month) -> None:
    secret = "310101199001011234"
    payee = Payee.objects.get(code="A01")
    payee.id_number, payee.phone, payee.legal_name = secret, secret, secret
    payee.bank, payee.alipay = {"account": secret}, {"account": secret}
    payee.save()
    for prefix in LISTS:
        text = str(api.get(f"{prefix}/"))
        assert secret not in text
        assert payee.id_fingerprint not in text
        assert "member" not in text


def test_pages_go_on_by_key(api: Api, inside_month: Month) -> None:
    for number in range(3):
        make_line(inside_month.sales_import, f"69100000000000000{number}")
    first = api.get("order-lines/", page_size=2)
    assert first["previous"] is None
    assert first["next"].startswith("http://testserver/a/xinghe/api/v1/order-lines/?cursor=")
    second = api.get(first["next"])
    third = api.get(second["next"])
    ids = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert (ids, third["next"]) == (sorted(ids), None)
    assert len(ids) == 5
    assert api.get("order-lines/", 404, cursor="x") == {"code": "not_found", "message": "Invalid cursor"}
    with CaptureQueriesContext(connection) as queries:
        api.get(first["next"])
    (page,) = [query["sql"] for query in queries if "sales_orderline" in query["sql"]]
    assert "OFFSET" not in page
    assert 'ORDER BY "sales_orderline"."id" ASC LIMIT 3' in page


def test_newest_jobs_come_first(api: Api, inside_month: Month) -> None:
    for number in range(3):
        Job.objects.create(kind="verify", subject=str(number))
    assert [job["subject"] for job in api.rows("jobs/")] == ["2", "1", "0"]


def test_jobs_are_those_of_the_members_own_roles(api_as: Callable[[User | None], Api], xinghe: World) -> None:
    with agency_scope(xinghe.id), transaction.atomic():
        seen, hidden = Job.objects.create(kind="import"), Job.objects.create(kind="calculate", counts={"net_pay": 1})
        Membership.objects.filter(user=xinghe.finance).update(roles=["operations"])
    api = api_as(xinghe.finance)
    assert [job["id"] for job in api.rows("jobs/")] == [seen.pk]
    assert api.get(f"jobs/{hidden.pk}/", 404)["code"] == "not_found"


@pytest.mark.parametrize(
    ("address", "data", "field"),
    [
        ("earning-events/", {"period": "July"}, "period"),
        ("order-lines/", {"platform": "amazon"}, "platform"),
        ("order-lines/", {"paid_from": "yesterday"}, "paid_from"),
        ("contracts/", {"in_force_on": "2026-02-30"}, "in_force_on"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(api: Api, address: str, data: dict[str, str], field: str) -> None:
    error = api.get(address, 400, **data)
    assert (error["code"], error["message"], list(error["fields"])) == (
        "invalid",
        "Some values are not valid.",
        [field],
    )


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotAllowed("Not you."), 403, "permission_denied"),
        (Conflict("Not now."), 409, "conflict"),
        (RuleError("Not %(what)s.", what="so"), 400, "invalid"),
    ],
)
def test_refusals_of_the_trade_keep_their_sentence(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def refuse(self: Any) -> Any:
        raise error

    monkeypatch.setattr("mcn.api.views.anchors.Anchors.rows", refuse)
    assert api.get("anchors/", status) == {"code": code, "message": str(error)}


def _queries(api: Api, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        api.get(address)
    return len(queries)


def test_more_records_take_no_more_queries(api: Api, inside_month: Month) -> None:
    """Lists of one record and of three: contracts with terms, anchors with accounts, lines with explanations."""
    Job.objects.create(kind="verify", subject="0")
    statement = Statement.objects.get(code="A01")
    Unmatched.objects.filter(entry__isnull=False).delete()
    addresses = [*(f"{prefix}/" for prefix in LISTS if prefix != "periods"), f"statements/{statement.pk}/lines/"]
    for address in addresses:
        _queries(api, address)  # whatever is read once per process
    before = {address: _queries(api, address) for address in addresses}
    for number in (2, 3):
        _one_more_of_everything(inside_month, number)
    assert {address: _queries(api, address) for address in addresses} == before
    assert max(before.values()) <= 20


def _one_more_of_everything(month: Month, number: int) -> None:
    payee = Payee.objects.create(code=f"A0{number}", name="x", kind="labour", legal_name="x")
    anchor = Anchor.objects.create(code=f"A0{number}", stage_name="x", payee=payee)
    PlatformAccount.objects.create(anchor=anchor, platform="douyin", account_id=str(number), starts_on=date(2026, 1, 1))
    contract = Contract.objects.create(
        anchor=anchor, number=f"XH-{number}", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
    )
    version = ContractVersion.objects.create(contract=contract, number=1, starts_on=date(2026, 1, 1))
    rule = SplitRule.objects.create(version=version, income="commission", rate=Decimal("0.5"), position=1)
    month.version.overrides.model.objects.create(
        version=version, payee=payee, basis="pool", rate=Decimal("0.1"), starts_on=date(2026, 1, 1), position=1
    )
    bucket = month.share
    bucket.pk, bucket.version, bucket.rule = None, version, rule
    bucket.save()
    event = make_event(make_line(month.sales_import, f"69200000000000000{number}"))
    make_share(bucket, 1, event=event)
    Unmatched.objects.create(
        period="2026-07",
        event=make_event(make_line(month.sales_import, f"U{number}")),
        reason="no_contract",
        pool_fen=1,
    )
    Statement.objects.create(period=month.period, payee=payee, code=payee.code, name="x", kind="labour")
    Job.objects.create(kind="verify", subject=str(number))
    SalesImport.objects.create(file_name="x", sha256="1" * 64, size=1, exported_at=NOON, retain_until=date(2036, 8, 1))
