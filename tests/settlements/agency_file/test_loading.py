"""What a file becomes, and that loading it again, or another one, changes only what it says."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from mcn.accounts.models import AuditEntry, Membership
from mcn.anchors.models import Anchor, Contract, ContractVersion, Payee, PlatformAccount, WageDeductions
from mcn.brands.models import Deal
from mcn.commissions.models import SplitRule
from mcn.commissions.terms import terms_of
from mcn.live.models import Session
from mcn.sales.models import Entry
from mcn.settlements.agency_file import AgencyFileError
from mcn.settlements.models import Period
from mcn.supply.models import PlatformProduct, Sku
from mcn.tenancy.models import Agency, PlatformFeeRate
from mcn.tenancy.scope import agency_scope, operator_scope

from .files import FULL, agency, full, load_data, put

pytestmark = pytest.mark.django_db


def test_every_section_arrives(tmp_path: Path) -> None:
    report = load_data(tmp_path, FULL)
    assert report.total("created") == 19
    assert report.total("changed") == report.total("unchanged") == 0
    xinghe = agency()
    assert (xinghe.name, xinghe.minimum_payout_fen, xinghe.first_period) == ("星河传媒", 1000, "")
    with agency_scope(xinghe.pk):
        assert PlatformFeeRate.objects.get().fee_rate == Decimal("0.10")
        assert set(Membership.objects.values_list("user__email", "roles__0")) == {
            ("fin@xinghe.test", "finance"),
            ("boss@xinghe.test", "owner"),
        }
        assert not Membership.objects.first().user.has_usable_password()
        sku = Sku.objects.get(code="S001")
        assert (sku.brand.code, sku.list_price_fen, sku.cost_fen, sku.stock) == ("B01", 19900, 6000, 5000)
        assert set(PlatformProduct.objects.values_list("sku__code", "platform", "product_id")) == {
            ("S001", "douyin", "3800000000000000201"),
            ("S002", "douyin", "3800000000000000202"),
            ("S002", "taobao", "600000000001"),
        }
        deal = Deal.objects.get()
        assert (deal.slot_fee_fen, deal.commission_rate, deal.ends_on) == (800000, Decimal("0.2"), date(2026, 7, 31))
        assert [row.sku.code for row in deal.deal_skus.all()] == ["S001"]
        payee = Payee.objects.get(code="A01")
        assert payee.bank["cnaps"] == "308100005019"
        assert (payee.social_insurance_fen, payee.special_deductions_fen) == (105000, 100000)
        deducted = WageDeductions.objects.get(payee=payee, period="2026-07")
        assert (deducted.social_insurance_fen, deducted.special_deductions_fen) == (175000, 350000)
        assert (deducted.pension_fen, deducted.housing_fund_fen, deducted.rent_fen) == (80000, 70000, 0)
        assert Anchor.objects.get(code="A01").payee == payee
        assert PlatformAccount.objects.get().account_id == "10000000001"
        session = Session.objects.get()
        assert session.starts_at == datetime(2026, 7, 3, 11, 0, tzinfo=UTC)
        assert [(host.anchor.code, host.weight) for host in session.hosts.all()] == [
            ("A01", Decimal("0.6")),
            ("A02", Decimal("0.4")),
        ]
        assert set(Entry.objects.values_list("code", "amount_fen", "settle_period")) == {
            ("E01", 800000, "2026-07"),
            ("E02", -300000, "2026-07"),
        }
        assert Period.objects.get().code == "2026-07"


def test_the_terms_of_a_contract_arrive_as_written(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    with agency_scope(agency().pk):
        version = ContractVersion.objects.get()
        assert (version.number, version.guarantee_fen, version.guarantee_min_hours) == (1, 1500000, Decimal(156))
        assert [(rule.income, rule.scope_text, rule.rate) for rule in version.splits.all()] == [
            ("commission", "", Decimal("0.35")),
            ("commission", "sku:S001", Decimal("0.5")),
            ("commission", "category:food", None),
            ("commission", "platform:taobao", None),
            ("slot_fee", "", Decimal("0.2")),
            ("tips", "", Decimal("0.5")),
        ]
        by_value, by_orders = SplitRule.objects.filter(rate__isnull=True).order_by("position")
        assert [(step.up_to, step.rate) for step in by_value.steps.all()] == [
            (10000000, Decimal("0.3")),
            (30000000, Decimal("0.35")),
            (None, Decimal("0.4")),
        ]
        assert [(step.up_to, step.rate) for step in by_orders.steps.all()] == [
            (100, Decimal("0.3")),
            (None, Decimal("0.35")),
        ]
        override = version.overrides.get()
        assert (override.payee.code, override.rate, override.ends_on, override.borne_by) == (
            "G01",
            Decimal("0.05"),
            date(2027, 1, 1),
            "agency",
        )


def test_a_second_load_changes_nothing(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    with agency_scope(agency().pk):
        audited = AuditEntry.objects.count()
    report = load_data(tmp_path, FULL)
    assert (report.total("created"), report.total("changed"), report.total("unchanged")) == (0, 0, 19)
    with agency_scope(agency().pk):
        assert AuditEntry.objects.count() == audited


def test_what_the_file_does_not_name_is_left_alone(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    report = load_data(
        tmp_path,
        """
        version: 1
        agency: {slug: xinghe, name: 星河传媒}
        anchors: [{code: A01, stage_name: 小鹿, payee: {kind: employee, legal_name: 鹿小小}}]
        skus: [{code: S001, name: 保湿面霜}]
        deals: [{code: D01, brand: B01, kind: slot_and_commission, starts_on: 2026-07-01, ends_on: 2026-07-31}]
        """,
    )
    assert (report.total("created"), report.total("changed"), report.total("unchanged")) == (0, 0, 4)


def test_null_empties_and_lists_inside_a_record_are_the_truth(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    report = load_data(
        tmp_path,
        """
        version: 1
        agency: {slug: xinghe, name: 星河传媒}
        anchors: [{code: A01, stage_name: 小鹿, payee: {kind: employee, legal_name: 鹿小小, phone: null, bank: null}}]
        skus: [{code: S001, name: 保湿面霜, stock: null, platform_products: {douyin: ["3800000000000000299"]}}]
        deals: [{code: D01, brand: B01, kind: slot_and_commission, starts_on: 2026-07-01, ends_on: 2026-07-31,
                 skus: [S002]}]
        sessions: [{code: L001, platform: douyin, account_id: "10000000001", starts_at: 2026-07-03T19:00,
                    ends_at: 2026-07-03T23:30, hosts: [{anchor: A02, weight: 1}]}]
        """,
    )
    assert (report.total("created"), report.total("changed"), report.total("unchanged")) == (0, 4, 1)
    with agency_scope(agency().pk):
        payee = Payee.objects.get(code="A01")
        assert (payee.phone, payee.bank, payee.id_number) == ("", {}, "110101199003070011")
        sku = Sku.objects.get(code="S001")
        assert sku.stock is None
        assert [product.product_id for product in sku.products.all()] == ["3800000000000000299"]
        assert [row.sku.code for row in Deal.objects.get().deal_skus.all()] == ["S002"]
        assert [host.anchor.code for host in Session.objects.get().hosts.all()] == ["A02"]


def test_changed_terms_under_the_same_date_supersede_the_former(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    report = load_data(tmp_path, put(full(), "anchors[0].contracts[0].versions[0].splits[0].rate", "0.36"))
    assert report.sections["versions"] == {"changed": 1}
    with agency_scope(agency().pk):
        first, second = ContractVersion.objects.order_by("number")
        assert first.superseded_at is not None
        assert second.superseded_at is None
        assert (first.number, second.number) == (1, 2)
        assert terms_of(first).splits[0].rate == Decimal("0.35")
        assert terms_of(second).splits[0].rate == Decimal("0.36")


def test_pay_agreed_after_tax_is_a_term_and_by_default_it_is_not(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    report = load_data(tmp_path, put(full(), "anchors[0].contracts[0].versions[0].net_of_tax", True))
    assert report.sections["versions"] == {"changed": 1}
    with agency_scope(agency().pk):
        assert [terms_of(row).net_of_tax for row in ContractVersion.objects.order_by("number")] == [False, True]


def test_parts_of_wages_that_are_not_named_stay(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    report = load_data(
        tmp_path, put(full(), "wage_deductions", [{"payee": "A01", "period": "2026-07", "rent": "1500"}])
    )
    assert report.sections["wage_deductions"] == {"changed": 1}
    with agency_scope(agency().pk):
        deducted = WageDeductions.objects.get()
        assert (deducted.rent_fen, deducted.children_fen, deducted.social_insurance_fen) == (150000, 200000, 175000)


def test_an_agent_may_be_an_employee_and_has_the_same_parts(tmp_path: Path) -> None:
    data = put(full(), "agents[0].payee.kind", "employee")
    load_data(tmp_path, put(data, "wage_deductions[1]", {"payee": "G01", "period": "2026-07", "pension": "300.00"}))
    with agency_scope(agency().pk):
        assert WageDeductions.objects.get(payee__code="G01").social_insurance_fen == 30000


def test_where_the_bank_is_and_what_a_foreign_document_says(tmp_path: Path) -> None:
    document = {
        "kind": "foreign_passport", "country": "美国", "sex": "female", "born_on": "1990-05-06",
        "entered_on": "2024-02-01",
    }  # fmt: skip
    data = put(full(), "agents[0].payee.document", document)
    put(data, "agents[0].payee.bank", {"account": "1", "bank": "宁波银行", "province": "浙江省", "city": "宁波市"})
    load_data(tmp_path, data)
    assert load_data(tmp_path, data).total("unchanged") == 19
    with agency_scope(agency().pk):
        payee = Payee.objects.get(code="G01")
        assert payee.document == document
        assert (payee.bank["province"], payee.bank["city"]) == ("浙江省", "宁波市")


def test_the_order_of_rules_says_nothing(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    data = full()
    data["anchors"][0]["contracts"][0]["versions"][0]["splits"].reverse()
    assert load_data(tmp_path, data).total("unchanged") == 19


def test_an_account_passes_to_an_anchor_who_stands_before_in_the_file(tmp_path: Path) -> None:
    data = full()
    data["anchors"].reverse()
    load_data(tmp_path, data)
    put(data, "anchors[1].accounts[0].until", "2026-07-01")
    put(data, "anchors[0].accounts", [{"platform": "douyin", "account_id": "10000000001", "from": "2026-07-01"}])
    report = load_data(tmp_path, data)
    assert report.sections["accounts"] == {"created": 1, "changed": 1}
    with agency_scope(agency().pk):
        assert list(PlatformAccount.objects.order_by("starts_on").values_list("anchor__code", "ends_on")) == [
            ("A01", date(2026, 7, 1)),
            ("A02", None),
        ]


def test_the_start_of_an_account_can_be_corrected(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    report = load_data(tmp_path, put(full(), "anchors[0].accounts[0].from", "2026-02-01"))
    assert report.sections["accounts"] == {"changed": 1}
    with agency_scope(agency().pk):
        assert PlatformAccount.objects.get().starts_on == date(2026, 2, 1)


def test_a_contract_gives_way_to_the_next(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    data = put(full(), "anchors[0].contracts[0].ends_on", "2026-12-31")
    new = {**full()["anchors"][0]["contracts"][0], "number": "XH-2027-01", "starts_on": "2027-01-01"}
    new["versions"] = [{"from": "2027-01-01", "splits": [{"income": "commission", "rate": "0.4"}]}]
    data["anchors"][0]["contracts"].insert(0, new)
    load_data(tmp_path, data)
    with agency_scope(agency().pk):
        assert list(Contract.objects.order_by("starts_on").values_list("number", "ends_on")) == [
            ("XH-2026-01", date(2026, 12, 31)),
            ("XH-2027-01", date(2028, 12, 31)),
        ]


def test_two_skus_swap_their_product_ids(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    data = put(full(), "skus[0].platform_products.douyin", ["3800000000000000202"])
    put(data, "skus[1].platform_products.douyin", ["3800000000000000201"])
    load_data(tmp_path, data)
    with agency_scope(agency().pk):
        assert dict(PlatformProduct.objects.filter(platform="douyin").values_list("product_id", "sku__code")) == {
            "3800000000000000202": "S001",
            "3800000000000000201": "S002",
        }


def test_the_agency_passes_to_another_owner(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    data = full()
    data["staff"] = [
        {"email": "boss@xinghe.test", "name": "陈星", "roles": ["auditor"]},
        {"email": "fin@xinghe.test", "name": "王敏", "roles": ["owner"]},
    ]
    assert load_data(tmp_path, data).sections["staff"] == {"changed": 2}


def test_an_anchors_own_sign_in_and_a_deactivated_member_stay_so(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    with agency_scope(agency().pk):
        member = Membership.objects.get(user__email="fin@xinghe.test")
        member.roles, member.is_active = ["anchor", "finance"], False
        member.save()
    assert load_data(tmp_path, FULL).sections["staff"] == {"unchanged": 2}


def test_times_are_in_the_agencys_zone(tmp_path: Path) -> None:
    data = put(full(), "agency.timezone", "Asia/Urumqi")
    put(data, "agency.day_starts_at", "04:00")
    load_data(tmp_path, put(data, "sessions[0].ends_at", "2026-07-03T23:30+08:00"))
    with agency_scope(agency().pk):
        session = Session.objects.get()
        assert session.starts_at == datetime(2026, 7, 3, 13, 0, tzinfo=UTC)
        assert session.ends_at == datetime(2026, 7, 3, 15, 30, tzinfo=UTC)


def test_agencies_with_the_same_codes_do_not_meet(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    other = FULL.replace("slug: xinghe", "slug: beichen").replace("星河传媒", "北辰直播").replace('"0.35"', '"0.45"')
    assert load_data(tmp_path, other).total("created") == 19
    assert load_data(tmp_path, FULL).total("unchanged") == 19
    for slug, rate in (("xinghe", "0.35"), ("beichen", "0.45")):
        with agency_scope(agency(slug).pk):
            assert Anchor.objects.count() == 2
            assert Anchor.objects.get(code="A01").contracts.get().versions.get().splits.first().rate == Decimal(rate)


def test_a_file_with_one_error_changes_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(AgencyFileError):
        load_data(tmp_path, put(full(), "attendance[0].anchor", "A99"))
    with operator_scope():
        assert not Agency.objects.exists()


def test_personal_data_never_reaches_the_audit_trail(tmp_path: Path) -> None:
    load_data(tmp_path, FULL)
    load_data(tmp_path, put(full(), "anchors[0].payee.bank.account", "6222999999999999"))
    with agency_scope(agency().pk):
        entry = AuditEntry.objects.filter(target="anchors.payee").latest("pk")
        assert (entry.action, entry.before, entry.after) == ("change", {"bank": None}, {"bank": "•"})
        told = str(list(AuditEntry.objects.values_list("before", "after")))
        assert "6222" not in told
        assert "110101199003070011" not in told
