"""Agency files for tests: one that holds every section, and ways to change it."""

import copy
import re
from pathlib import Path
from typing import Any

import yaml

from mcn.settlements.agency_file import Report, load
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import operator_scope

FULL = """
version: 1
agency:
  slug: xinghe
  name: 星河传媒
  minimum_payout: "10.00"
  first_period: null
  platform_fee_rates: {douyin: "0.10"}
staff:
  - {email: Fin@xinghe.test, name: 王敏, roles: [finance]}
  - {email: boss@xinghe.test, name: 陈星, roles: [owner]}
agents:
  - {code: G01, name: 李强, payee: {kind: labour, legal_name: 李强}}
brands: [{code: B01, name: 清禾, category: beauty}]
skus:
  - {code: S001, name: 保湿面霜, brand: B01, category: beauty, list_price: "199.00", live_price: "129.00",
     cost: "60.00", stock: 5000, platform_products: {douyin: ["3800000000000000201"]}}
  - {code: S002, name: 洁面乳, platform_products: {douyin: [3800000000000000202], taobao: ["600000000001"]}}
deals:
  - {code: D01, brand: B01, kind: slot_and_commission, slot_fee: "8000.00", commission_rate: "0.20",
     starts_on: 2026-07-01, ends_on: "2026-07-31", skus: [S001], gmv_target: "150000.00"}
anchors:
  - code: A01
    stage_name: 小鹿
    payee: {kind: employee, legal_name: 鹿小小, id_number: "110101199003070011", phone: "13800000000",
            bank: {account: "6222000000001234", name: 鹿小小, bank: 招商银行, branch: 北京分行, cnaps: "308100005019"},
            alipay: {account: deer@xinghe.test, name: 鹿小小},
            social_insurance: "1050.00", special_deductions: "1000.00", employed_from: 2026-06-01}
    accounts:
      - {platform: douyin, account_id: 10000000001, nickname: 小鹿, from: 2026-01-01, until: null, collected_by: agency}
    contracts:
      - number: XH-2026-01
        starts_on: 2026-01-01
        ends_on: 2028-12-31
        exclusive: true
        versions:
          - from: 2026-01-01
            splits:
              - {income: commission, rate: "0.35"}
              - {income: commission, scope: {sku: S001}, rate: 0.5}
              - income: commission
                scope: {category: food}
                tiers: {metric: net_gmv, mode: slab,
                        steps: [{up_to: "100000.00", rate: "0.30"}, {up_to: 300000, rate: "0.35"}, {rate: "0.40"}]}
              - income: commission
                scope: {platform: taobao}
                tiers: {metric: orders, mode: marginal, steps: [{up_to: 100, rate: "0.30"}, {rate: "0.35"}]}
              - {income: slot_fee, rate: "0.20"}
              - {income: tips, rate: "0.50"}
            overrides:
              - {payee: G01, income: commission, basis: agency_share, rate: "0.05", from: 2026-01-01, until: 2027-01-01}
            guarantee: {amount: "15000.00", min_days: 26, min_hours: 156, when_short: void, tested: before_recoup}
            clawback_window_days: null
    advances:
      - {code: ADV1, amount: "6000.00", paid_on: 2026-05-10, recoup_rate: "0.30", taxed_when_paid: false}
  - {code: A02, stage_name: 阿木, payee: {kind: company, legal_name: 阿木文化传播有限公司}}
sessions:
  - {code: L001, platform: douyin, account_id: "10000000001", room_id: "7370000000000000001",
     starts_at: "2026-07-03T19:00", ends_at: 2026-07-03T23:30,
     hosts: [{anchor: A01, weight: "0.60"}, {anchor: A02, weight: "0.40"}]}
entries:
  - {code: E01, anchor: A01, income: slot_fee, date: 2026-07-05, amount: "8000.00", deal: D01, note: ""}
  - {code: E02, anchor: A01, income: commission_cost, date: 2026-07-06, amount: -3000.00}
attendance:
  - {anchor: A01, period: 2026-07, valid_days: 26, valid_hours: "156.0"}
wage_deductions:
  - {payee: A01, period: 2026-07, pension: "800.00", medical: "200.00", unemployment: "50.00", housing_fund: 700,
     children: "2000.00", elderly: "1500.00"}
"""


def full() -> dict[str, Any]:
    """The full file as data, every scalar as text."""

    class AsText(yaml.SafeLoader):
        yaml_implicit_resolvers = {
            first: [(tag, regexp) for tag, regexp in resolvers if tag.endswith(("null", "bool"))]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return copy.deepcopy(yaml.load(FULL, Loader=AsText))  # noqa: S506 -- a SafeLoader


def put(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set what stands at `anchors[0].code`; the index of a list's length appends."""
    steps: list[Any] = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]
    place: Any = data
    for step in steps[:-1]:
        place = place[step]
    if isinstance(place, list) and steps[-1] == len(place):
        place.append(value)
    else:
        place[steps[-1]] = value
    return data


def write(folder: Path, data: dict[str, Any] | str, name: str = "agency.yaml") -> Path:
    path = folder / name
    text = data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def load_data(folder: Path, data: dict[str, Any] | str) -> Report:
    return load(actor=None, path=write(folder, data))


def agency(slug: str = "xinghe") -> Agency:
    with operator_scope():
        return Agency.objects.get(slug=slug)
