"""Tags of the pages about money: states of lines, rights, changes against the month before, links to records."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mcn.console.generic import display
from mcn.console.templatetags.explanation import exact_money
from mcn.console.templatetags.interface import badge
from mcn.core import formats
from mcn.sales.models import EarningEvent, FormerLine, OrderLine
from mcn.settlements.models import Statement

register = template.Library()

STATUS_TONES = {
    OrderLine.Status.SETTLED: "green",
    OrderLine.Status.INVALID: "red",
    OrderLine.Status.RECEIVED: "blue",
    OrderLine.Status.SHIPPED: "blue",
}
KIND_TONES = {
    EarningEvent.Kind.SETTLED: "green",
    EarningEvent.Kind.SUPPLEMENT: "blue",
    EarningEvent.Kind.CLAWBACK: "red",
}


@register.filter
def may(member: Any, code: str) -> bool:
    """Whether the member may do `code` of the permission list."""
    return bool(member) and member.can(code)


@register.simple_tag
def line_status(line: OrderLine | FormerLine) -> SafeString:
    """An order line's status, now or formerly, as a badge."""
    return badge(line.status, line.get_status_display(), STATUS_TONES.get(line.status, "secondary"))  # type: ignore[call-overload]


@register.simple_tag
def event_kind(event: EarningEvent) -> SafeString:
    """An earning event's kind as a badge."""
    return badge(event.kind, event.get_kind_display(), KIND_TONES.get(event.kind, "secondary"))  # type: ignore[call-overload]


@register.simple_tag(takes_context=True)
def record(context: dict[str, Any], one: Any) -> Any:
    """A record's name, as a link where this member may open it; an en dash for none."""
    return "–" if one is None else display.link_to(one, context.get("member"))


@register.simple_tag
def change(now: int | None, before: int | None) -> SafeString | str:
    """How much more or less than before, in percent with one place; nothing where there was nothing before."""
    if now is None or not before:
        return ""
    percent = (Decimal(now - before) * 100 / abs(before)).quantize(Decimal("0.1"))
    sign = "+" if percent > 0 else formats.MINUS if percent < 0 else "±"
    tone = "up" if percent > 0 else "down" if percent < 0 else "same"
    return format_html('<span class="change change-{}">{}{} %</span>', tone, sign, f"{abs(percent):,}")


@register.filter
def signed(fen: Any) -> SafeString:
    """A change of an amount: +¥10.00, −¥10.00; a plain ¥0.00 where nothing changes."""
    fen = None if fen == "" else fen  # what a template writes for what there is none of
    text = formats.money(fen)
    tone = "none" if fen is None else "up" if fen > 0 else "down" if fen < 0 else "same"
    return format_html('<span class="signed signed-{}">{}{}</span>', tone, "+" if fen and fen > 0 else "", text)


@register.simple_tag
def moved(amount: dict[str, int | None]) -> SafeString:
    """An amount before and after, and its change below; the change alone where the former is not known, and the
    amount alone where nothing changes.
    """
    if amount["before"] is None:
        return signed(amount["change"])
    if not amount["change"]:
        return format_html('<span class="figure figure-same">{}</span>', formats.money(amount["after"]))
    return format_html(
        '<span class="moved"><span><span class="stat-hint">{} →</span> {}</span>{}</span>',
        formats.money(amount["before"]),
        formats.money(amount["after"]),
        signed(amount["change"]),
    )


@register.filter
def less(one: int | None, other: int | None) -> int:
    """The difference of two amounts."""
    return (one or 0) - (other or 0)


@register.filter
def fen_money(fen: Decimal | None) -> str:
    """Fen that may have parts (weighted hosts) as an amount; more than two decimals only where they are there."""
    return exact_money(None if fen is None else Fraction(fen))


@register.simple_tag
def statement_label(name: str) -> str:
    """What a column of statements is called."""
    return display.label_of(Statement, f"{name}_fen")
