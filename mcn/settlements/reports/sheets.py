"""The sheets of a month's report: rows, totals, and what the totals have to be (docs/money.md §14)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.anchors.models import Payee
from mcn.core.exports import Column, Kind, Sheet
from mcn.core.periods import Period as Month
from mcn.core.platforms import Platform
from mcn.sales.models import DailySales
from mcn.settlements.exposure.month import Exposure, Fen, exposure
from mcn.settlements.ledger import balances, posting
from mcn.settlements.models import Account, Period, Posting, ReportSum, Statement
from mcn.settlements.reports import sums
from mcn.settlements.reports.names import Named, named
from mcn.settlements.statements.words import METHODS
from mcn.settlements.tax_ledger import persons
from mcn.tenancy.models import Agency

By = ReportSum.By
WORDS = {
    By.ANCHOR: gettext_lazy("By anchor"),
    By.BRAND: gettext_lazy("By brand"),
    By.PLATFORM: gettext_lazy("By platform"),
    By.SESSION: gettext_lazy("By session"),
}
# Accounts whose balance is a result, not something owned or owed.
RESULT = {account for account in Account if account.value.endswith(("_income", "_cost"))}
RETURNED = gettext_lazy(
    "Refund rate: GMV taken back in the month ÷ GMV settled in it, whichever month the orders were settled in before."
)


def sheets(agency: Agency, period: Period) -> list[Sheet]:
    """All sheets in the reader's language. Raises DoesNotAgree where a total is not what it has to be."""
    found = sums.sums_of(period)
    month = Month.parse(period.code)
    made = [
        *(_by_key(period, by, [row for row in found if row.by == by], agency) for by in By),
        _books(period, month),
        _open_estimates(agency, month),
        *_refunds(exposure(month, agency)),
        _tax(period),
    ]
    for sheet in made:
        wrong = {name: fen for name, fen in sheet.checks.items() if fen}
        if wrong:
            raise sums.DoesNotAgree(period.code, sheet.title, wrong)
    return made


def _amount(name: str, label: Any) -> Column:
    return Column(name, label, Kind.AMOUNT, width=16)


def _count(name: str, label: Any) -> Column:
    return Column(name, label, Kind.COUNT)


# ── What was settled ─────────────────────────────────────────────────────────────────────────────────────


def _by_key(period: Period, by: By, rows: list[ReportSum], agency: Agency) -> Sheet:
    more = {
        By.ANCHOR: [Column("code", _("code"), width=14)],
        By.BRAND: [Column("code", _("code"), width=14)],
        By.SESSION: [
            Column("code", _("code"), width=20),
            Column("starts", _("starts"), width=18),
            Column("hosts", _("hosts"), width=28),
        ],
    }
    columns = [
        Column("name", by.label, width=24),
        *more.get(by, []),
        _count("lines", _("lines")),
        _amount("net_gmv", _("net GMV")),
        Column("refund_rate", _("refund rate"), Kind.RATE),
        _amount("pool", _("pool")),
        _amount("other", _("other income and costs")),
        _amount("share", _("payees' shares")),
        _amount("agency_share", _("agency's share")),
    ]
    shown = sorted(named(by, rows), key=lambda row: (not row.key, -row.sums.net_gmv_fen, row.key))
    values = [[row.name, *_more(by, row, agency), *_figures(row.sums)] for row in shown]
    known = sums.totals_of(period)
    expected = {"lines": known["lines"], "net_gmv": known["net_gmv"]}
    if by == By.ANCHOR:  # a line of two hosts counts with both
        expected["lines"] = sum(row.lines for row in rows)
    other = sum(row.other_fen for row in rows)
    expected |= {"pool": known["income"] - other, "other": other}
    expected |= {"share": known["share"], "agency_share": known["agency_share"]}
    note = (
        f"{RETURNED} "
        + {
            By.ANCHOR: _(
                "A line of several hosts counts with each. Shares are the anchor's and those of agents on them. Parts"
                " of no host are what hosts' weights leave to the agency."
            ),
            By.BRAND: _(
                "The brand is that of the SKU that the product is linked to; of other income, that of its deal."
            ),
            By.PLATFORM: _("Other income and costs are of no platform."),
            By.SESSION: _("A line's session is the one that attribution finds; other income and costs are of none."),
        }[by]
    )
    return Sheet(str(WORDS[by]), columns, values, expected, note)


def _more(by: By, row: Named, agency: Agency) -> list[str]:
    if by == By.SESSION:
        return [row.key, _local(row.starts_at, agency), row.hosts]
    return [row.key] if by in (By.ANCHOR, By.BRAND) else []


def _local(moment: datetime | None, agency: Agency) -> str:
    return f"{timezone.localtime(moment, agency.zone):%Y-%m-%d %H:%M}" if moment else ""


def _figures(row: ReportSum) -> list[Any]:
    rate = row.refund_rate
    return [
        row.lines,
        row.net_gmv_fen,
        None if rate is None else f"{rate:f}",
        row.pool_fen,
        row.other_fen,
        row.share_fen,
        row.agency_share_fen,
    ]


# ── What is owned and owed ───────────────────────────────────────────────────────────────────────────────


def _books(period: Period, month: Month) -> Sheet:
    """The ledger at the end of the month; of a month that is not posted what closing it would post, too."""
    posted = balances.balances(month.last_day)
    draft: Counter[tuple[str, int | None]] = Counter()
    if not Posting.objects.filter(kind=Posting.Kind.MONTH, period=period).exists():
        for side in posting.month_sides(period):
            draft[side.account.value, side.payee_id] += side.fen
    keys = {key for key in posted.keys() | draft.keys() if posted.get(key) or draft[key]}
    payees = Payee.objects.in_bulk({payee for _account, payee in keys if payee})
    order = {account.value: place for place, account in enumerate(Account)}
    rows: list[list[Any]] = []
    result = [0, 0]
    for account, payee in sorted(keys, key=lambda key: (order[key[0]], payees[key[1]].code if key[1] else "")):
        amounts = [posted.get((account, payee), 0), draft[account, payee]]
        if Account(account) in RESULT:
            result = [sum(pair) for pair in zip(result, amounts, strict=True)]
            continue
        who = [payees[payee].code, payees[payee].name] if payee else ["", ""]
        rows.append([str(Account(account).label), *who, *amounts, sum(amounts)])
    if any(result):
        rows.append([_("Result so far"), "", "", *result, sum(result)])
    columns = [
        Column("account", _("Account of the books"), width=24),
        Column("payee", _("payee"), width=14),
        Column("name", _("name"), width=18),
        _amount("posted", _("in the books")),
        _amount("draft", _("not posted yet")),
        _amount("sum", _("sum")),
    ]
    note = _(
        "On %(day)s, debits less credits: what the agency has and is owed is above 0, what it owes below. Not posted"
        " yet: what closing this month would post. All of it comes to 0."
    ) % {"day": f"{month.last_day:%Y-%m-%d}"}
    return Sheet(_("Accruals and liabilities"), columns, rows, {"posted": 0, "draft": 0, "sum": 0}, note)


def _open_estimates(agency: Agency, month: Month) -> Sheet:
    """Commission of orders paid until the month's end that no platform has settled, as far as is known now (§1.2)."""
    paid = DailySales.objects.filter(day__lt=month.end)
    if agency.first_period:
        paid = paid.filter(day__gte=Month.parse(agency.first_period).start)
    figures = {"lines": Sum("open_lines"), "estimate": Sum("open_estimate_fen")}
    by_month: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    rows = paid.filter(~Q(open_lines=0) | ~Q(open_estimate_fen=0)).order_by()
    for platform, day, lines, fen in rows.values_list("platform", "day").annotate(**figures):
        found = by_month[platform, f"{Month.of(day)}"]
        found[0] += int(lines)
        found[1] += int(fen)
    labels = dict(Platform.choices)
    whole = paid.aggregate(**figures)
    columns = [
        Column("platform", _("platform"), width=18),
        Column("month", _("paid in"), Kind.CODE),
        _count("lines", _("lines not settled yet")),
        _amount("estimate", _("estimate not settled yet")),
    ]
    values = [[str(labels.get(key[0], key[0])), key[1], *found] for key, found in sorted(by_month.items())]
    expected = {name: int(whole[name] or 0) for name in figures}
    note = _("Estimated commission before any fee, of orders that are paid, shipped or received; as known on %(day)s.")
    return Sheet(_("Not settled yet"), columns, values, expected, note % {"day": f"{agency.today():%Y-%m-%d}"})


# ── Refunds, tax ─────────────────────────────────────────────────────────────────────────────────────────


def _refunds(found: Exposure | None) -> list[Sheet]:
    """What was taken back of the month so far and what is still expected, by anchor and by category (§1.3)."""
    titles = ((_("Refunds by anchor"), "anchors"), (_("Refunds by category"), "categories"))
    if found is None:
        missing = _("The shares of this month have not been added up yet. See Refund exposure, and order it again.")
        return [Sheet(title, _refund_columns(name), [], {}, missing) for title, name in titles]
    note = _("Settled is what this month shared out; taken back, what refunds took of it since. Without overrides.")
    if found.reserve is None:
        note += " " + _("Nothing can be expected yet: see Refund exposure for the reason.")
    made = []
    for title, name in titles:
        rows = [
            [row.name or _("No category"), *([row.code] if name == "anchors" else []), *_money(row)]
            for row in getattr(found, name)
        ]
        made.append(Sheet(title, _refund_columns(name), rows, dict(zip(REFUNDS, _money(found), strict=True)), note))
    return made


REFUNDS = ("settled_pool", "settled_share", "back_pool", "back_share", "expected_pool", "expected_share")


def _refund_columns(name: str) -> list[Column]:
    labels = (
        _("settled pool"), _("settled share"), _("pool taken back"), _("share taken back"), _("pool still expected"),
        _("share still expected"),
    )  # fmt: skip
    first = [Column("anchor", _("anchor"), width=24), Column("code", _("code"), width=14)]
    if name == "categories":
        first = [Column("category", _("category"), width=24)]
    return [*first, *(_amount(key, label) for key, label in zip(REFUNDS, labels, strict=True))]


def _money(row: Any) -> list[int]:
    reserve: Fen = row.reserve or Fen()
    parts = (row.settled, row.clawed, reserve)
    return [fen for part in parts for fen in (part.pool, part.share)]


def _tax(period: Period) -> Sheet:
    """Persons, income and tax by method; who is paid against an invoice has none. No names, no numbers."""
    by_method: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for person in persons(period):
        _add(by_method[str(capfirst(METHODS[person.method]))], person.income, person.tax)
    statements = Statement.objects.filter(period=period)
    without: Sequence[str] = (Payee.Kind.SOLE_TRADER, Payee.Kind.COMPANY)
    for kind, income, tax in statements.filter(kind__in=without).values_list("kind", "taxable_fen", "tax_fen"):
        _add(by_method[str(Payee.Kind(kind).label)], income, tax)
    known = statements.aggregate(income=Sum("taxable_fen"), tax=Sum("tax_fen"))
    columns = [
        Column("method", _("method"), width=36),
        _count("persons", _("persons")),
        _amount("income", _("taxable")),
        _amount("tax", _("tax")),
    ]
    expected = {name: known[name] or 0 for name in ("income", "tax")}
    note = _("Somebody with labour pay and wages is two persons here. Invoices: nothing is withheld.")
    return Sheet(_("Tax summary"), columns, [[name, *row] for name, row in sorted(by_method.items())], expected, note)


def _add(row: list[int], income: int, tax: int) -> None:
    row[0] += 1
    row[1] += income
    row[2] += tax
