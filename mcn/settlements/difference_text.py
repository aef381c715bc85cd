"""The money difference of an import as tables of plain text, for the command line."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mcn.anchors.models import Anchor
from mcn.commissions.models import Unmatched
from mcn.core import formats
from mcn.core.platforms import Platform
from mcn.sales.models import EarningEvent, Entry, ImportDifference

Cells = Sequence[str]


def difference_lines(difference: ImportDifference) -> Iterator[str]:
    """The difference in the current language: by account, by month, other income, corrections of closed months, who is
    affected.

    Amounts are yuan. Reads the anchors' names: in the agency's scope and a transaction.
    """
    months = formats.listed(formats.period(month) for month in difference.payment_months)
    yield from _table(
        _("By account, orders paid in: %(months)s") % {"months": months} if months else _("By account"),
        (
            _("platform"),
            _("account"),
            pgettext("import", "created"),
            _("changed"),
            _("estimated commission"),
            _("settled base"),
            _("settled pool"),
        ),
        [_account(row) for row in difference.accounts],
        texts=2,
    )
    names = {anchor.pk: str(anchor) for anchor in Anchor.objects.all()}
    yield from _table(
        _("By month"),
        (_("settled in"), pgettext("import", "event"), _("number"), _("base"), _("pool")),
        [_event(row) for row in difference.events],
        texts=2,
    )
    yield from _table(
        _("Other income and costs"),
        (_("income"), _("settled in"), _("anchor"), pgettext("import", "created"), _("changed"), _("amount")),
        [_entry(row, names) for row in difference.entries],
        texts=3,
    )
    yield from _table(
        _("Corrections of closed months"),
        (_("closed month"), _("settled in"), _("number"), _("pool")),
        [_correction(row) for row in difference.events if row["original_period"] != row["settle_period"]],
        texts=2,
    )
    yield from _table(
        _("Corrections of closed months: other income"),
        (_("closed month"), _("settled in"), _("income"), _("number"), _("amount")),
        [_entry_correction(row) for row in difference.entry_corrections()],
        texts=3,
    )
    header = [_("anchor"), pgettext("import", "created"), _("changed"), _("settled pool")]
    if difference.entries:
        header += [_("entries"), _("other income, penalties taken off")]
    yield from _table(
        _("Who is affected"),
        header,
        [_affected(row, names)[: len(header)] for row in difference.anchors],
        texts=1,
    )


def _account(row: dict[str, Any]) -> Cells:
    if "others" in row:
        names = (_("%(n)s others") % {"n": f"{row['others']:,}"}, "")
    else:
        names = (_platform(row["platform"]), (row["account"] or "–") if row["dated"] else _("without payment time"))
    amounts = ("estimated_gross", "settled_base", "settled_pool")
    return (
        *names,
        f"{row['new_lines']:,}",
        f"{row['changed_lines']:,}",
        *(_change(row[f"{name}_before_fen"], row[f"{name}_fen"]) for name in amounts),
    )


def _change(before: int | None, change: int) -> str:
    if before is None:
        return f"{'+' if change > 0 else ''}{formats.yuan(change)}"
    return f"{formats.yuan(before)} → {formats.yuan(before + change)}"


def _event(row: dict[str, Any]) -> Cells:
    return (
        formats.period(row["settle_period"]),
        str(EarningEvent.Kind(row["kind"]).label),
        f"{row['count']:,}",
        formats.yuan(row["base_fen"]),
        formats.yuan(row["pool_fen"]),
    )


def _correction(row: dict[str, Any]) -> Cells:
    return (
        formats.period(row["original_period"]),
        formats.period(row["settle_period"]),
        f"{row['count']:,}",
        formats.yuan(row["pool_fen"]),
    )


def _entry(row: dict[str, Any], names: dict[int, str]) -> Cells:
    return (
        str(Entry.Income(row["income"]).label),
        formats.period(row["settle_period"]),
        _("%(n)s others") % {"n": f"{row['others']:,}"} if "others" in row else names[row["anchor"]],
        f"{row['new_entries']:,}",
        f"{row['changed_entries']:,}",
        formats.yuan(row["amount_fen"]),
    )


def _entry_correction(row: dict[str, Any]) -> Cells:
    return (
        formats.period(row["closed"]),
        formats.period(row["settled"]),
        str(Entry.Income(row["income"]).label),
        f"{row['count']:,}",
        formats.yuan(row["amount_fen"]),
    )


def _affected(row: dict[str, Any], names: dict[int, str]) -> Cells:
    return (
        _holder(row, names),
        f"{row['new_lines']:,}",
        f"{row['changed_lines']:,}",
        formats.yuan(row["pool_fen"]),
        f"{row.get('entries', 0):,}",
        formats.yuan(row.get("entries_fen", 0)),
    )


def _holder(row: dict[str, Any], names: dict[int, str]) -> str:
    if "others" in row:
        return _("%(n)s others") % {"n": f"{row['others']:,}"}
    if row["anchor"] is not None:
        return names.get(row["anchor"], str(row["anchor"]))
    account = f"{_platform(row['platform'])} {row['account']}".strip()
    return f"{account}: {Unmatched.Reason(row['reason']).label}"


def _platform(code: str) -> str:
    return str(Platform(code).label)


def _table(title: str, header: Cells, rows: list[Cells], *, texts: int) -> Iterator[str]:
    """Title, header and rows with aligned columns: the first `texts` to the left, the others to the right.

    Nothing where there are no rows.
    """
    if not rows:
        return
    lines = [tuple(capfirst(cell) for cell in header), *rows]
    widths = [max(_width(line[number]) for line in lines) for number in range(len(header))]
    yield title
    for line in lines:
        cells = []
        for number, (cell, width) in enumerate(zip(line, widths, strict=True)):
            space = " " * (width - _width(cell))
            cells.append(cell + space if number < texts else space + cell)
        yield "  " + "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """How many places of a terminal a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
