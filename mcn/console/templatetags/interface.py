"""Tags of the interface: icons, badges, links that keep the rest of the query."""

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"

# The tone of a state, by the state's code; whatever is not listed is neutral.
TONES: dict[str, str] = {
    code: tone
    for tone, codes in {
        "green": "accepted active approved closed delivered done paid passed ready succeeded valid won",
        "blue": "answered calculated exported in_force live negotiating open running signed",
        "yellow": "expiring lead paused pending planned previewed queued requested review submitted waiting",
        "red": "blocked cancelled disputed expired failed overdue rejected returned",
    }.items()
    for code in codes.split()
}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite; decoration only, so hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', css, static(SPRITE), name
    )


@register.simple_tag
def badge(code: Any, label: Any = None, tone: str = "") -> SafeString:
    """A state as a coloured badge: `code` picks the tone, `label` is what people read."""
    tone = tone or TONES.get(str(code), "secondary")
    return format_html('<span class="badge bg-{0}-lt status-{0}">{1}</span>', tone, label or code)


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The current query string with `changes`; None or "" takes a key out. Starts with `?`."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            params.pop(key, None)
        else:
            params[key] = value
    return f"?{params.urlencode()}"


@register.filter
def initials(name: Any) -> str:
    """One or two characters for an avatar: the last two of a Chinese name, initials of a Latin one."""
    text = str(name).strip()
    if not text:
        return "?"
    if not text.isascii():
        return text[-2:]
    return "".join(word[0] for word in text.split()[:2]).upper()


@register.filter
def attribute(record: Any, name: str) -> Any:
    """The attribute `name` of a record, or its item; for templates that take names from a declaration."""
    return getattr(record, name, None) if not isinstance(record, dict) else record.get(name)
