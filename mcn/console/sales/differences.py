"""The money difference of an import, shaped for its page."""

from collections.abc import Iterator
from typing import Any

from mcn.anchors.models import Anchor
from mcn.commissions.models import Unmatched
from mcn.core.platforms import Platform
from mcn.sales.models import EarningEvent, Entry, ImportDifference, SalesImport
from mcn.sales.selectors import account_names

AMOUNTS = ("estimated_gross", "settled_base", "settled_pool")


def difference_of(sales_import: SalesImport) -> ImportDifference | None:
    """What the import changed or would change; None for one that failed, is not done, or is of an earlier version."""
    return ImportDifference.objects.filter(sales_import=sales_import).first()


def shown(difference: ImportDifference, first_period: str) -> dict[str, Any]:
    """Rows and sums for the template. `first_period`: events of months before it are history and never paid."""
    return {
        "sums": difference,
        "payment_months": difference.payment_months,
        "accounts": list(_accounts(difference.accounts)),
        "events": [
            {
                **row,
                "label": EarningEvent.Kind(row["kind"]).label,
                "history": row["settle_period"] < first_period,
            }
            for row in difference.events
        ],
        "entries": list(_entries(difference.entries, first_period)),
        "incomes": _incomes(difference.entries),
        "corrections": [*_corrections(difference.events), *map(_worded, difference.entry_corrections())],
        "anchors": list(_anchors(difference.anchors)),
    }


def _accounts(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each account with (before, after, change) of its amounts; before and after are None without a payment time."""
    names = account_names(row["account"] for row in rows if "account" in row)
    for row in rows:
        amounts = []
        for name in AMOUNTS:
            before, change = row[f"{name}_before_fen"], row[f"{name}_fen"]
            amounts.append({"before": before, "after": None if before is None else before + change, "change": change})
        estimated, base, pool = amounts
        name = names.get((row.get("platform", ""), row.get("account", "")), "")
        yield {**row, **_named(row), "name": name, "estimated": estimated, "base": base, "pool": pool}


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {"platform_label": Platform(row["platform"]).label if row.get("platform") else ""}


def _corrections(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each closed month, how many events and how much pool the first open month settles."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in events:
        if row["original_period"] != row["settle_period"]:
            months = (row["original_period"], row["settle_period"])
            sums = found.setdefault(months, {"closed": months[0], "settled": months[1], "count": 0, "amount_fen": 0})
            sums["count"] += row["count"]
            sums["amount_fen"] += row["pool_fen"]
    return list(found.values())


def _entries(rows: list[dict[str, Any]], first_period: str) -> Iterator[dict[str, Any]]:
    """Entries of other income by kind, months and anchor; those of months before the first are history."""
    anchors = Anchor.objects.in_bulk([row["anchor"] for row in rows if "anchor" in row])
    for row in rows:
        yield {
            **row,
            "label": Entry.Income(row["income"]).label,
            "who": anchors.get(row.get("anchor", 0)),
            "history": row["settle_period"] < first_period,
        }


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "income": Entry.Income(row["income"]).label}


def _incomes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sum of each kind of income; a penalty's is positive, as it is written."""
    return [
        {"label": label, "amount_fen": sum(row["amount_fen"] for row in rows if row["income"] == income)}
        for income, label in Entry.Income.choices
        if any(row["income"] == income for row in rows)
    ]


def _anchors(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each anchor, or why nobody is: the reason in words, and the account."""
    anchors = Anchor.objects.in_bulk([row["anchor"] for row in rows if row.get("anchor")])
    for row in rows:
        reason = row.get("reason", "")
        yield {
            **row,
            **_named(row),
            "who": anchors.get(row.get("anchor") or 0),
            "why": Unmatched.Reason(reason).label if reason else "",
        }
