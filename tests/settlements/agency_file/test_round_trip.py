"""Random valid files: what is loaded once is, when loaded again, unchanged; and so is a re-ordered one."""

import random
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcn.settlements.agency_file import Report
from mcn.settlements.agency_file.report import OUTCOMES

from .files import load_data

PLATFORMS = ("douyin", "kuaishou", "taobao", "wechat")
FIRST = date(2026, 1, 1)
WAGES = ("pension", "medical", "unemployment", "housing_fund", "children", "education", "mortgage", "rent", "elderly")


def text(chance: random.Random, longest: int = 12) -> str:
    letters = "abcXYZ 鹿星北河09:#'\"-{}[]~🌸"
    return ("".join(chance.choice(letters) for _ in range(chance.randint(0, longest))) + "名").strip()


def yuan(chance: random.Random, lowest: int = 0) -> str:
    whole = str(chance.randint(lowest, 99_999))
    return chance.choice([whole, f"{whole}.5", f"{whole}.07"])


def rate(chance: random.Random, highest: int = 500_000) -> str:
    return f"{chance.randint(0, highest) / 1_000_000:.6f}"


def day(chance: random.Random, first: date = FIRST, days: int = 300) -> str:
    return str(first + timedelta(days=chance.randint(0, days)))


def payee(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(["labour", "employee", "sole_trader", "company"])
    made: dict[str, Any] = {"kind": kind, "legal_name": text(chance)}
    if chance.random() < 0.5:
        made |= {
            "id_number": str(chance.randint(10**17, 10**18)),
            "phone": None,
            "bank": {"account": "6222", "bank": None},
        }
    if kind == "labour" and chance.random() < 0.3:
        made |= {"non_resident": True, "document": {"kind": "taiwan_permit", "sex": None, "born_on": day(chance)}}
    if kind == "employee":
        made |= {"social_insurance": yuan(chance), "employed_from": day(chance)}
    return made


def tiers(chance: random.Random) -> dict[str, Any]:
    metric = chance.choice(["net_gmv", "net_commission", "orders"])
    bounds = sorted(chance.sample(range(1, 10_000), chance.randint(0, 4)))
    steps: list[dict[str, Any]] = [{"up_to": str(bound), "rate": rate(chance)} for bound in bounds]
    return {"metric": metric, "mode": chance.choice(["slab", "marginal"]), "steps": [*steps, {"rate": rate(chance)}]}


def version(chance: random.Random, start: str, payees: list[str]) -> dict[str, Any]:
    scopes: list[Any] = [None, {"sku": "S0"}, {"deal": "D0"}, {"brand": "B0"}, {"category": text(chance)}]
    scopes += [{"platform": platform} for platform in PLATFORMS]
    splits: list[dict[str, Any]] = []
    for scope in chance.sample(scopes, chance.randint(0, len(scopes))):
        terms = {"tiers": tiers(chance)} if chance.random() < 0.4 else {"rate": rate(chance)}
        splits.append({"income": "commission", **({"scope": scope} if scope else {}), **terms})
    splits += [{"income": income, "rate": rate(chance)} for income in chance.sample(["slot_fee", "tips", "ads"], 2)]
    made: dict[str, Any] = {"from": start, "splits": splits}
    made["overrides"] = [
        {
            "payee": chance.choice(payees),
            "basis": chance.choice(["agency_share", "pool"]),
            "rate": rate(chance, 100_000),
            "from": start,
            "until": chance.choice([None, "2027-06-01"]),
        }
        for _ in range(chance.randint(0, 2))
    ]
    if chance.random() < 0.5:
        made["guarantee"] = {"amount": yuan(chance), "min_days": str(chance.randint(1, 31)), "min_hours": "156.50"}
    return made


def make_file(seed: int) -> dict[str, Any]:
    """A valid agency file; the same for the same seed."""
    chance = random.Random(seed)
    anchors = [f"A{number}" for number in range(chance.randint(1, 4))]
    data: dict[str, Any] = {
        "version": 1,
        "agency": {"slug": "xinghe", "name": text(chance), "minimum_payout": yuan(chance)},
        "staff": [
            {"email": f"s{n}@x.test", "name": text(chance), "roles": ["finance"]} for n in range(chance.randint(0, 2))
        ],
        "agents": [{"code": "G0", "name": text(chance), "payee": payee(chance)}],
        "brands": [{"code": "B0", "name": text(chance), "category": chance.choice([None, text(chance)])}],
        "skus": [
            {
                "code": f"S{n}",
                "name": text(chance),
                "brand": chance.choice([None, "B0"]),
                "cost": yuan(chance),
                "platform_products": {chance.choice(PLATFORMS): [f"38{n}{m}" for m in range(chance.randint(0, 3))]},
            }
            for n in range(3)
        ],
        "deals": [
            {
                "code": "D0",
                "brand": "B0",
                "kind": "slot",
                "starts_on": "2026-01-01",
                "ends_on": day(chance),
                "skus": chance.sample(["S0", "S1", "S2"], chance.randint(0, 3)),
            }
        ],
        "anchors": [],
    }
    for index, code in enumerate(anchors):
        starts = sorted({day(chance) for _ in range(chance.randint(1, 3))})
        data["anchors"].append(
            {
                "code": code,
                "stage_name": text(chance),
                "payee": payee(chance),
                "accounts": [
                    {
                        "platform": platform,
                        "account_id": f"1000{index}",
                        "nickname": text(chance),
                        "from": "2026-01-01",
                        "until": chance.choice([None, "2026-12-01"]),
                    }
                    for platform in chance.sample(PLATFORMS, chance.randint(0, 4))
                ],
                "contracts": [
                    {
                        "number": f"N{index}",
                        "starts_on": "2026-01-01",
                        "ends_on": "2027-12-31",
                        "versions": [version(chance, start, ["G0", anchors[0]]) for start in starts],
                    }
                ],
                "advances": [
                    {
                        "code": "V",
                        "amount": yuan(chance, 1),
                        "paid_on": day(chance),
                        "recoup_rate": rate(chance),
                        "instalment": chance.choice([None, yuan(chance, 1)]),
                        "recoup_from": chance.choice([None, "2026-07"]),
                    }
                ],
            }
        )
    hosts = chance.sample(anchors, chance.randint(0, min(2, len(anchors))))
    data["sessions"] = [
        {
            "code": "L0",
            "platform": "douyin",
            "account_id": "10000",
            "starts_at": "2026-07-03T19:00",
            "ends_at": "2026-07-04 01:30:30+09:00",
            "hosts": [{"anchor": a, "weight": "0.333333"} for a in hosts],
        }
    ]
    data["entries"] = [
        {
            "code": f"E{n}",
            "anchor": chance.choice(anchors),
            "date": day(chance),
            **(
                {"income": "commission_cost", "amount": "-" + yuan(chance, 1)}
                if chance.random() < 0.3
                else {"income": chance.choice(["slot_fee", "tips", "bonus", "penalty"]), "amount": yuan(chance, 1)}
            ),
        }
        for n in range(chance.randint(0, 4))
    ]
    data["attendance"] = [
        {"anchor": a, "period": "2026-06", "valid_days": "30", "valid_hours": "99.5"} for a in anchors
    ]
    employees = [one["code"] for one in [*data["agents"], *data["anchors"]] if one["payee"]["kind"] == "employee"]
    data["wage_deductions"] = [
        {"payee": code, "period": f"2026-{month:02}", **{name: yuan(chance) for name in chance.sample(WAGES, 3)}}
        for code in employees
        for month in chance.sample(range(1, 13), 2)
    ]
    return data


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same file in another order; only steps and hosts have an order that counts."""
    if isinstance(value, dict):
        items = [(key, value[key] if key in {"steps", "hosts"} else shuffled(value[key], chance)) for key in value]
        return dict(chance.sample(items, len(items)))
    if isinstance(value, list):
        return [shuffled(item, chance) for item in chance.sample(value, len(value))]
    return value


def counts(report: Report) -> tuple[int, ...]:
    return tuple(report.total(outcome) for outcome in OUTCOMES)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_file_loaded_again_changes_nothing(seed: int, django_db_blocker: Any) -> None:
    from django.db import transaction

    with transaction.atomic(), TemporaryDirectory() as folder:
        data = make_file(seed)
        records = sum(counts(load_data(Path(folder), data)))
        assert counts(load_data(Path(folder), data)) == (0, 0, records)
        assert counts(load_data(Path(folder), shuffled(data, random.Random(seed)))) == (0, 0, records)
        transaction.set_rollback(True)
