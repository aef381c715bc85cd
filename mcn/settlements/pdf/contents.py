"""What stands on the paper of a statement: words and figures in the reader's language, ready to be set.

Amounts are texts in yuan. Where something stands and how it looks is `statement.typ`'s business.
"""

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from mcn.commissions.models import Bucket
from mcn.core import formats
from mcn.settlements.models import Period, Statement
from mcn.settlements.pdf.codes import code_of
from mcn.settlements.statements import words
from mcn.settlements.statements.comparison import with_month
from mcn.settlements.statements.lines import Line, buckets_of, earlier_of, lines_of
from mcn.settlements.statements.story import ending, story
from mcn.tenancy.models import Agency

PAGE, PAGES = "{page}", "{pages}"  # what the typesetter fills in


def contents(agency: Agency, statement: Statement, *, compared: bool = False) -> dict[str, Any]:
    """Everything on the paper, as texts and lists of texts; `compared`: also the statement of the month before."""
    period, buckets = statement.period, buckets_of(statement)
    earlier = earlier_of(statement)
    is_draft = period.state != Period.State.CLOSED
    month = formats.period(period.code)
    return {
        "agency": agency.name,
        "title": _("Statement"),
        "month": month,
        "draft": _("Draft") if is_draft else "",
        "note": _("The month is not closed: this is a draft, and every figure may still change.") if is_draft else "",
        "facts": _facts(agency, statement),
        "pay": [_("Net pay so far, provisional") if is_draft else _("Net pay"), formats.money(statement.net_pay_fen)],
        "story": _story(statement, buckets),
        "lines": {
            "title": _("The statement, line by line"),
            "head": [_("No."), _("Line"), _("Amount (¥)")],
            "rows": [_line(line) for line in lines_of(statement, earlier, buckets)],
        },
        "comparison": _comparison(statement, earlier) if compared and earlier else {},
        "buckets": _buckets(statement, buckets),
        "check": {} if is_draft else _check(agency, statement),
        "foot": f"{agency.name} · {month} · {statement.code} {statement.name}",
        "pages": _("Page %(page)s of %(pages)s") % {"page": PAGE, "pages": PAGES},
    }


def _facts(agency: Agency, statement: Statement) -> list[list[str]]:
    period = statement.period
    closed = f"{period.closed_at.astimezone(agency.zone):%Y-%m-%d}" if period.closed_at else ""
    return [
        [_("Payee"), statement.name],
        [_("Code"), statement.code],
        [_("Kind"), statement.get_kind_display()],
        [_("State"), f"{period.get_state_display()} {closed}".strip()],
        [_("Order lines"), f"{statement.lines:,}"],
        [_("Net GMV"), formats.money(statement.net_gmv_fen)],
    ]


def _story(statement: Statement, buckets: list[Bucket]) -> dict[str, Any]:
    facts = story(statement, buckets)
    return {
        "title": _("What happened this month"),
        "rows": [[fact.sentence, formats.money(fact.amount)] for fact in facts]
        or [[_("Nothing was settled for you this month."), ""]],
        "ending": [[fact.sentence, formats.money(fact.amount)] for fact in ending(statement)],
    }


def _line(line: Line) -> dict[str, str]:
    return {
        "number": "" if line.is_part else str(line.number),
        "label": line.label,
        "source": line.source,
        "amount": formats.yuan(line.amount),
        "style": "pay" if line.is_pay else "sum" if line.is_sum else "",
    }


def _comparison(statement: Statement, earlier: Statement) -> dict[str, Any]:
    """The lines that differ from the month before, and the facts behind them."""
    found = with_month(statement, earlier)
    months = [formats.period(earlier.period.code), formats.period(statement.period.code)]
    return {
        "title": _("Compared with %(month)s") % {"month": months[0]},
        "head": [_("Line"), *months, _("Difference")],
        "rows": [
            [row.label, formats.yuan(row.then), formats.yuan(row.now), formats.yuan(row.difference)]
            for row in found.changed
        ],
        "facts": [[fact.label, fact.then, fact.now] for fact in found.facts],
        "facts_head": [_("Why it differs"), *months],
        "empty": _("Every line is the same."),
    }


def _buckets(statement: Statement, buckets: list[Bucket]) -> dict[str, Any]:
    """What the shares are made of; their sum is what was earned."""
    return {
        "title": _("What it was shared by"),
        "head": [_("Rule"), _("Contract"), _("Rate"), words.label("lines"), _("Shared on"), _("Share")],
        "rows": [_bucket(statement, bucket) for bucket in buckets],
        "sum": [words.label("earned_fen"), formats.money(statement.earned_fen)],
        "empty": _(
            "No order and no entry of the month belongs to this payee; a contract in force gives the statement all"
            " the same."
        ),
    }


def _bucket(statement: Statement, bucket: Bucket) -> dict[str, str]:
    version, anchor = bucket.version, bucket.anchor
    hints = [words.label(f"{bucket.column}_fen"), words.tier_words(bucket)]
    if bucket.kind == Bucket.Kind.CLAWBACK:
        hints.append(str(bucket.get_kind_display()))
    if bucket.weight != 1:
        hints.append(_("weight %(weight)s") % {"weight": formats.percent(bucket.weight)})
    if anchor and anchor.code != statement.code:
        hints.append(str(anchor))
    return {
        "rule": words.bucket_rule(bucket),
        "hint": " · ".join(hint for hint in hints if hint),
        "contract": f"{version.contract.number} v{version.number}" if version else "–",
        "rate": words.bucket_rate(bucket),
        "lines": f"{bucket.lines:,}",
        "base": formats.exact_money(Fraction(bucket.base_fen)) if bucket.base_fen else "–",
        "share": formats.money(bucket.share_fen),
    }


def _check(agency: Agency, statement: Statement) -> dict[str, Any]:
    code = code_of(agency.slug, statement)
    return {
        "title": _("Is this statement genuine?"),
        "text": _(
            "Type the four entries below into the page /verify/ of the platform that the agency works with. It says"
            " whether the agency closed this statement, and with which net pay."
        ),
        "rows": [
            [_("Agency's short name"), agency.slug],
            [_("Month"), statement.period.code],
            [_("Payee's code"), statement.code],
            [_("Verification code"), code],
        ],
        "proof": [_("Proof of the month"), statement.period.content_hash],
        "foot": f"{_('Verification code')} {code}",
    }
