"""Every rule of the trade: a file that breaks it is refused at the place, with the reason."""

from pathlib import Path
from typing import Any

import pytest

from .errors import STEPS, VERSION, problems
from .files import FULL, full, load_data, put

pytestmark = pytest.mark.django_db


MEANING = [
    ("agency.slug", "Xing He", "agency.slug", "lower-case letters"),
    ("agency.timezone", "Asia/Nowhere", "agency.timezone", "Asia/Nowhere is not a time zone such as Asia/Shanghai."),
    ("agency.minimum_payout", "-1.00", "agency.minimum_payout", "must not be negative."),
    ("agency.minimum_payout", "1.001", "agency.minimum_payout", "1.001 has more than two decimals"),
    ("agency.platform_fee_rates.douyin", "1.1", "agency.platform_fee_rates.douyin", "1.1 is not between 0 and 1."),
    ("staff[1].email", "FIN@xinghe.test", "staff[1].email", "fin@xinghe.test is given already at staff[0].email."),
    (
        "agents[1]",
        {"code": "G01", "name": "x", "payee": {"kind": "labour", "legal_name": "x"}},
        "agents[1].code",
        "G01 is given already",
    ),
    ("agents[0].code", "A01", "anchors[0].code", "A01 is the code of an agent."),
    ("brands[1]", {"code": "B01", "name": "x"}, "brands[1].code", "B01 is given already at brands[0].code."),
    ("skus[1].code", "S001", "skus[1].code", "S001 is given already"),
    ("skus[0].brand", "B99", "skus[0].brand", "There is no brand with the code B99."),
    ("skus[0].cost", "-1.00", "skus[0].cost", "must not be negative."),
    (
        "skus[1].platform_products.douyin[0]",
        "3800000000000000201",
        "skus[1].platform_products.douyin[0]",
        "The product id 3800000000000000201 already means SKU S001.",
    ),
    ("deals[0].brand", "B99", "deals[0].brand", "There is no brand"),
    ("deals[0].skus[1]", "S099", "deals[0].skus[1]", "There is no SKU with the code S099."),
    ("deals[0].ends_on", "2026-06-30", "deals[0].ends_on", "ends on 2026-06-30, before its start on 2026-07-01."),
    ("deals[0].starts_on", "2026-02-30", "deals[0].starts_on", "There is no day 2026-02-30."),
    ("deals[0].slot_fee", "-8000.00", "deals[0].slot_fee", "must not be negative."),
    ("deals[0].commission_rate", "1.5", "deals[0].commission_rate", "1.5 is not between 0 and 1."),
    ("anchors[1].code", "A01", "anchors[1].code", "A01 is given already at anchors[0].code."),
    (
        "anchors[0].payee.non_resident",
        True,
        "anchors[0].payee.non_resident",
        "Only who is paid as labour can be a non-resident for tax.",
    ),
    ("anchors[0].payee.social_insurance", "-1.00", "anchors[0].payee.social_insurance", "must not be negative."),
    (
        "anchors[0].accounts[0].until",
        "2026-01-01",
        "anchors[0].accounts[0].until",
        "ends on 2026-01-01, which is not after",
    ),
    (
        "anchors[0].accounts[1]",
        {"platform": "douyin", "account_id": "10000000001", "from": "2026-05-01"},
        "anchors[0].accounts[1].account_id",
        "is held by A01 小鹿 since 2026-01-01; it has one",
    ),
    (
        "anchors[0].accounts[1]",
        {"platform": "douyin", "account_id": "10000000001", "from": "2026-01-01"},
        "anchors[0].accounts[1].account_id",
        "A01 douyin 10000000001 2026-01-01 is given already",
    ),
    (
        "anchors[1].accounts",
        [{"platform": "douyin", "account_id": "10000000001", "from": "2025-01-01"}],
        "anchors[1].accounts[0].account_id",
        "is held by A01 小鹿",
    ),
    ("anchors[0].contracts[0].ends_on", "2025-12-31", "anchors[0].contracts[0].ends_on", "ends on 2025-12-31, before"),
    (
        "anchors[0].contracts[1]",
        {"number": "XH-2", "starts_on": "2028-12-31", "ends_on": "2029-12-31"},
        "anchors[0].contracts[1].starts_on",
        "The contract overlaps with XH-2026-01",
    ),
    (
        "anchors[1].contracts",
        [{"number": "XH-2026-01", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}],
        "anchors[1].contracts[0].number",
        "XH-2026-01 is given already",
    ),
    (f"{VERSION}.from", "2025-12-31", f"{VERSION}.from", "outside its contract"),
    (f"{VERSION}.from", "2029-01-01", f"{VERSION}.from", "outside its contract"),
    (
        "anchors[0].contracts[0].versions[1]",
        {"from": "2026-01-01", "splits": []},
        "anchors[0].contracts[0].versions[1].from",
        "Another version of the contract starts on 2026-01-01",
    ),
    (f"{VERSION}.splits[0].rate", "1.000001", f"{VERSION}.splits[0].rate", "1.000001 is not between 0 and 1."),
    (f"{VERSION}.splits[0].rate", "0.3333333", f"{VERSION}.splits[0].rate", "0.3333333 has more than six decimals."),
    (f"{VERSION}.splits[0]", {"income": "commission"}, f"{VERSION}.splits[0]", "A split has either a rate or tiers."),
    (f"{VERSION}.splits[2].rate", "0.3", f"{VERSION}.splits[2]", "A split has either a rate or tiers."),
    (f"{VERSION}.splits[1].scope.sku", "S099", f"{VERSION}.splits[1].scope.sku", "There is no SKU with the code S099."),
    (f"{VERSION}.splits[1].scope", {"deal": "D99"}, f"{VERSION}.splits[1].scope.deal", "There is no deal"),
    (f"{VERSION}.splits[1].scope", {"brand": "B99"}, f"{VERSION}.splits[1].scope.brand", "There is no brand"),
    (
        f"{VERSION}.splits[6]",
        {"income": "tips", "rate": "0.4"},
        f"{VERSION}.splits[6]",
        "already have a rule: splits[5].",
    ),
    (
        f"{VERSION}.splits[6]",
        {"income": "commission", "scope": {"sku": "S001"}, "rate": "0.4"},
        f"{VERSION}.splits[6]",
        "already have a rule: splits[1].",
    ),
    (STEPS, [], STEPS, "Tiers have at least one step."),
    (f"{STEPS}[2].up_to", "500000.00", f"{STEPS}[2].up_to", "The last step has no upper bound"),
    (f"{STEPS}[1].up_to", None, f"{STEPS}[1].up_to", "Only the last step has no upper bound."),
    (f"{STEPS}[1].up_to", "100000.00", f"{STEPS}[1].up_to", "must be higher than the one before"),
    (f"{STEPS}[1].up_to", "99999.99", f"{STEPS}[1].up_to", "must be higher than the one before"),
    (f"{STEPS}[0].up_to", "0.00", f"{STEPS}[0].up_to", "The first bound must be above 0."),
    (f"{STEPS}[0].up_to", "0.001", f"{STEPS}[0].up_to", "0.001 has more than two decimals"),
    (f"{STEPS}[0].rate", "1.2", f"{STEPS}[0].rate", "1.2 is not between 0 and 1."),
    (
        f"{VERSION}.splits[3].tiers.steps[0].up_to",
        "99.5",
        f"{VERSION}.splits[3].tiers.steps[0].up_to",
        "99.5 is not a whole number of orders.",
    ),
    (
        f"{VERSION}.overrides[0].payee",
        "G99",
        f"{VERSION}.overrides[0].payee",
        "There is no agent or anchor with the code G99.",
    ),
    (
        f"{VERSION}.overrides[0].until",
        "2026-01-01",
        f"{VERSION}.overrides[0].until",
        "ends on 2026-01-01, which is not after",
    ),
    (f"{VERSION}.overrides[0].rate", "1.01", f"{VERSION}.overrides[0].rate", "1.01 is not between 0 and 1."),
    (f"{VERSION}.guarantee.amount", "-1.00", f"{VERSION}.guarantee.amount", "must not be negative."),
    (f"{VERSION}.guarantee.min_days", "32", f"{VERSION}.guarantee.min_days", "at most 31 days"),
    (f"{VERSION}.guarantee.min_hours", "745", f"{VERSION}.guarantee.min_hours", "at most 744 hours"),
    (
        f"{VERSION}.guarantee",
        {"amount": "1", "when_short": "prorate"},
        f"{VERSION}.guarantee.min_days",
        "names the days it takes",
    ),
    ("anchors[0].advances[0].amount", "0.00", "anchors[0].advances[0].amount", "An advance is more than 0."),
    ("anchors[0].advances[0].amount", "-6000.00", "anchors[0].advances[0].amount", "An advance is more than 0."),
    ("anchors[0].advances[0].recoup_rate", "1.3", "anchors[0].advances[0].recoup_rate", "1.3 is not between 0 and 1."),
    ("anchors[0].advances[0].instalment", "0", "anchors[0].advances[0].instalment", "An instalment is more than 0."),
    (
        "anchors[0].advances[1]",
        {"code": "ADV1", "amount": "1", "paid_on": "2026-01-01", "recoup_rate": "1"},
        "anchors[0].advances[1].code",
        "is given already at anchors[0].advances[0].code.",
    ),
    ("sessions[0].ends_at", "2026-07-03T19:00", "sessions[0].ends_at", "which is not after its start"),
    ("sessions[0].starts_at", "2026-07-32T19:00", "sessions[0].starts_at", "There is no time 2026-07-32T19:00."),
    ("sessions[0].hosts[0].weight", "0.61", "sessions[0].hosts", "add up to 1.01, which is more than 1."),
    ("sessions[0].hosts[0].weight", "0", "sessions[0].hosts[0].weight", "The weight 0 is not above 0 and at most 1."),
    ("sessions[0].hosts[1].weight", "0.1234567", "sessions[0].hosts[1].weight", "has more than six decimals"),
    ("sessions[0].hosts[1].anchor", "A01", "sessions[0].hosts[1].anchor", "A01 小鹿 hosts the session twice."),
    ("sessions[0].hosts[1].anchor", "A99", "sessions[0].hosts[1].anchor", "There is no anchor with the code A99."),
    (
        "sessions[1]",
        {
            "code": "L001",
            "platform": "douyin",
            "account_id": "1",
            "starts_at": "2026-07-03T19:00",
            "ends_at": "2026-07-03T20:00",
        },
        "sessions[1].code",
        "L001 is given already",
    ),
    ("entries[0].anchor", "A99", "entries[0].anchor", "There is no anchor with the code A99."),
    ("entries[0].deal", "D99", "entries[0].deal", "There is no deal with the code D99."),
    ("entries[0].amount", "-8000.00", "entries[0].amount", "is written as a positive amount."),
    ("entries[0].amount", "0", "entries[0].amount", "is written as a positive amount."),
    ("entries[1].amount", "3000.00", "entries[1].amount", "A shared cost is written as a negative amount."),
    ("entries[1].code", "E01", "entries[1].code", "E01 is given already at entries[0].code."),
    ("attendance[0].anchor", "A99", "attendance[0].anchor", "There is no anchor with the code A99."),
    (
        "attendance[0].valid_days",
        "32",
        "attendance[0].valid_days",
        "32 valid days do not fit into 2026-07, which has 31.",
    ),
    (
        "attendance[0].valid_hours",
        "744.5",
        "attendance[0].valid_hours",
        "744.5 valid hours do not fit into 2026-07, which has 744.",
    ),
    ("attendance[0].valid_hours", "1.005", "attendance[0].valid_hours", "1.005 is not a number of hours"),
    (
        "attendance[1]",
        {"anchor": "A01", "period": "2026-07", "valid_days": "1", "valid_hours": "1"},
        "attendance[1].period",
        "A01 2026-07 is given already",
    ),
    ("wage_deductions[0].payee", "A99", "wage_deductions[0].payee", "There is no agent or anchor with the code A99."),
    ("wage_deductions[0].payee", "A02", "wage_deductions[0].payee", "is no employee: only wages have these"),
    ("wage_deductions[0].pension", "-0.01", "wage_deductions[0].pension", "must not be negative."),
    ("wage_deductions[0].rent", "1.005", "wage_deductions[0].rent", "1.005 has more than two decimals"),
    (
        "wage_deductions[1]",
        {"payee": "A01", "period": "2026-07"},
        "wage_deductions[1].period",
        "A01 2026-07 is given already",
    ),
    (
        "anchors[0].payee.document",
        {"born_on": "1990-02-03", "entered_on": "1990-02-02"},
        "anchors[0].payee.document.entered_on",
        "came to China on 1990-02-02, before being born on 1990-02-03.",
    ),
    ("anchors[0].payee.document", {"born_on": "1990-02-30"}, "anchors[0].payee.document.born_on", "There is no day"),
]


@pytest.mark.parametrize(("path", "value", "place", "reason"), MEANING)
def test_the_meaning(path: str, value: Any, place: str, reason: str, tmp_path: Path) -> None:
    found = problems(tmp_path, put(full(), path, value))
    assert list(found) == [place]
    assert reason in found[place]


@pytest.mark.parametrize(
    ("rate", "overrides", "reason"),
    [
        # 0.96 + 0.05 of the pool
        ("0.96", [("pool", "0.05", "agency")], "come to 101 % of the pool, more than 100 %."),
        # 0.35 + 0.65 × 0.6 + 0.35 × 0.8 = 1.02
        ("0.35", [("agency_share", "0.6", "agency"), ("anchor_share", "0.8", "agency")], "come to 102 % of the pool"),
        # the anchor bears 0.4 of the pool and gets 0.35
        ("0.35", [("pool", "0.4", "anchor")], "the anchor bears come to 40 % of the pool, more than the rate 35 %."),
        # 0.65 × 0.6 = 0.39 > 0.35
        ("0.35", [("agency_share", "0.6", "anchor")], "the anchor bears come to 39 % of the pool"),
    ],
)
def test_shares_and_overrides_above_the_pool(
    rate: str, overrides: list[tuple[str, str, str]], reason: str, tmp_path: Path
) -> None:
    data = put(full(), f"{VERSION}.splits", [{"income": "commission", "rate": rate}])
    written = [
        {"payee": "G01", "basis": basis, "rate": part, "from": "2026-01-01", "borne_by": borne_by}
        for basis, part, borne_by in overrides
    ]
    found = problems(tmp_path, put(data, f"{VERSION}.overrides", written))
    assert list(found) == [f"{VERSION}.splits[0]"]
    assert reason in found[f"{VERSION}.splits[0]"]


def test_the_highest_step_counts_for_the_sum(tmp_path: Path) -> None:
    data = put(full(), f"{STEPS}[2].rate", "0.97")
    found = problems(tmp_path, put(data, f"{VERSION}.overrides[0].basis", "pool"))
    assert "the rate 97 % and the overrides on it come to 102 %" in found[f"{VERSION}.splits[2]"]


def test_overrides_that_follow_each_other_are_not_added(tmp_path: Path) -> None:
    data = put(full(), f"{VERSION}.splits", [{"income": "commission", "rate": "0.5"}])
    former = {"payee": "G01", "basis": "pool", "rate": "0.5", "from": "2026-01-01", "until": "2026-07-01"}
    latter = {"payee": "A02", "basis": "pool", "rate": "0.5", "from": "2026-07-01"}
    put(data, f"{VERSION}.overrides", [former, latter])
    assert load_data(tmp_path, data).total("created") == 19
    found = problems(tmp_path, put(data, f"{VERSION}.overrides[1].from", "2026-06-30"))
    assert found[f"{VERSION}.splits[0]"].startswith("From 2026-06-30, the rate 50 %")


def test_a_record_that_stands_on_a_wrong_one_is_not_reported_too(tmp_path: Path) -> None:
    data = put(put(full(), "anchors[0].payee.social_insurance", "-1"), "skus[0].cost", "-1")
    assert list(problems(tmp_path, data)) == ["skus[0].cost", "anchors[0].payee.social_insurance"]


def test_a_code_that_belongs_to_an_anchor_is_no_agents(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    data = full()
    data["agents"][0]["code"] = "A02"
    del data["anchors"], data["sessions"], data["entries"], data["attendance"]
    assert problems(tmp_path, data) == {"agents[0].code": "A02 is the code of an anchor."}
