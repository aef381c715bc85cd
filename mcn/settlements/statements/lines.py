"""The lines of a statement in the order of docs/money.md §5, each with where it comes from."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mcn.commissions.models import Bucket
from mcn.core import formats
from mcn.sales.models import Entry
from mcn.settlements import overview
from mcn.settlements.corrections.reads import in_statement
from mcn.settlements.models import Correction, Statement
from mcn.settlements.statements import words

CORRECTIONS = "corrections"  # what of the bonus comes from them
SUMS = {"earned", "taxable", "net_pay", "carried_forward"}
# The numbers of the lines in their order; lines 3 and 8 have several.
LINES = (
    (1, "commission_share"),
    (2, "clawback_share"),
    (3, "slot_fee_share"),
    (3, "tips_share"),
    (3, "ads_share"),
    (3, "override_share"),
    (3, "bonus"),
    (4, "earned"),
    (5, "guarantee_top_up"),
    (6, "penalties"),
    (7, "paid_by_platform"),
    (8, "brought_forward"),
    (8, "instalments"),
    (8, "tax_borne"),
    (9, "taxable"),
    (10, "tax"),
    (11, "advance_recouped"),
    (12, "net_pay"),
    (13, "carried_forward"),
)
ORDER = [name for _number, name in LINES]
SHARED = ORDER[: ORDER.index("earned")]
# Few payees have any, and closed statements stay as they were.
ONLY_IF_ANY = {"instalments", "tax_borne"}


@dataclass(frozen=True)
class Line:
    """One line of a statement. `source` says where it comes from; amounts are fen; `before` is the amount of the
    month before, None where there is none. The corrections are told once more as a part of the bonus (`is_part`).
    """

    number: int
    name: str
    label: str
    source: str
    amount: int
    before: int | None

    @property
    def is_pay(self) -> bool:
        return self.name == "net_pay"

    @property
    def is_part(self) -> bool:
        return self.name == CORRECTIONS

    @property
    def is_sum(self) -> bool:
        return self.name in SUMS


def buckets_of(statement: Statement) -> list[Bucket]:
    """What the statement's shares are made of, in the order of its lines, the largest first."""
    rows = Bucket.objects.filter(period=statement.period.code, payee=statement.payee_id)
    rows = rows.select_related(
        "anchor", "version__contract", "rule__sku", "rule__deal", "rule__brand", "override", "payee"
    ).order_by("kind", "-base_fen", "id")
    return sorted(rows, key=lambda bucket: ORDER.index(bucket.column))


def earlier_of(statement: Statement) -> Statement | None:
    """The payee's statement of the latest month before that was calculated."""
    before = overview.month_before(statement.period.code)
    rows = Statement.objects.select_related("period").defer("period__inputs")
    return rows.filter(period=before, payee=statement.payee_id).first() if before else None


def lines_of(statement: Statement, earlier: Statement | None, buckets: list[Bucket]) -> list[Line]:
    """All lines; `earlier` is the payee's statement of the month before, `buckets` those of this one."""
    sources = _sources(statement, earlier, buckets)
    found = []
    for number, name in LINES:
        line = Line(
            number=number,
            name=name,
            label=words.label(f"{name}_fen"),
            source=sources.get(name, ""),
            amount=getattr(statement, f"{name}_fen"),
            before=getattr(earlier, f"{name}_fen") if earlier else None,
        )
        if line.amount or line.before or name not in ONLY_IF_ANY:
            found.append(line)
        if name == "bonus":
            found += _corrections(number, in_statement(statement, buckets))
    return found


def _corrections(number: int, corrections: list[Correction]) -> list[Line]:
    """What of the bonus comes from corrections, each with its reason and what it puts right; nothing without any."""
    if not corrections:
        return []
    told = "; ".join(words.correction_words(one) for one in corrections)
    amount = sum(one.amount_fen for one in corrections)
    return [Line(number, CORRECTIONS, _("of it corrections"), told, amount, None)]


def _carried_over(statement: Statement, earlier: Statement) -> str:
    """Which month it comes from, and what of that month's balance is taken back in instalments instead, or came back
    from a cancelled plan."""
    month = formats.period(earlier.period.code)
    over = statement.brought_forward_fen - earlier.carried_forward_fen
    if not over:
        return _("carried over from %(month)s") % {"month": month}
    text = (
        _("carried over from %(month)s, of which %(amount)s is taken back in instalments")
        if over > 0
        else _("carried over from %(month)s, with %(amount)s of cancelled instalments")
    )
    return text % {"month": month, "amount": formats.money(abs(over))}


def _sources(statement: Statement, earlier: Statement | None, buckets: list[Bucket]) -> dict[str, str]:
    details = statement.details
    found: dict[str, str] = {
        "earned": _("sum of 1 to 3"),
        "guarantee_top_up": words.guarantee_words(details) if details else "",
        "tax_borne": words.tax_borne_words(statement),
        "taxable": _("4 + 5 + 6 + 7 + 8, not below zero"),
        "tax": words.tax_words(details) if details else "",
        "net_pay": _("9 − 10 − 11"),
        "carried_forward": _("what is below zero goes into the next month"),
        "paid_by_platform": _("what the platform paid into the account itself"),
    }
    for name in SHARED:
        own = [bucket for bucket in buckets if bucket.column == name]
        if own:
            lines = sum(bucket.lines for bucket in own)
            text = ngettext("%(lines)s line, shared by %(rules)s", "%(lines)s lines, shared by %(rules)s", lines)
            found[name] = text % {
                "lines": f"{lines:,}",
                "rules": formats.listed(dict.fromkeys(words.bucket_rule(bucket) for bucket in own)),
            }
    penalties = Entry.objects.filter(
        settle_period=statement.period.code, income=Entry.Income.PENALTY, anchor__payee=statement.payee_id
    )
    found["penalties"] = formats.listed(f"{entry.code} {entry.note}".strip() for entry in penalties)
    if earlier and (statement.brought_forward_fen or earlier.carried_forward_fen):
        found["brought_forward"] = _carried_over(statement, earlier)
    taken = statement.instalments.select_related("plan").order_by("plan__first_month", "plan__code")
    found["instalments"] = formats.listed(
        _("%(plan)s, %(debt)s: %(amount)s")
        % {
            "plan": row.plan.code,
            "debt": row.plan.get_kind_display(),
            "amount": formats.money(row.amount_fen),
        }
        for row in taken
    )
    recouped = statement.recoupments.select_related("advance").order_by("advance__paid_on", "advance__code")
    found["advance_recouped"] = formats.listed(
        _("%(advance)s of %(paid)s: %(amount)s")
        % {
            "advance": row.advance.code,
            "paid": f"{row.advance.paid_on:%Y-%m-%d}",
            "amount": formats.money(row.amount_fen),
        }
        for row in recouped
    )
    return found
