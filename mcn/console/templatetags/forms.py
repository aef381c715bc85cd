"""How form fields are drawn: the kit's classes on the widget, units beside amounts and rates."""

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()

CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.CheckboxSelectMultiple, "choice"),
    (forms.RadioSelect, "form-check-list"),
    (forms.Select, "form-select"),
)


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's widget with the kit's class, marked when it holds an error."""
    widget = field.field.widget
    css = next((css for kind, css in CLASSES if isinstance(widget, kind)), "form-control")
    own = widget.attrs.get("class", "")
    invalid = " is-invalid" if field.errors else ""
    return field.as_widget(attrs={"class": f"{css} {own}{invalid}".strip()})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the label stands behind the box."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_many(field: BoundField) -> bool:
    """Whether several of a list of choices may be ticked."""
    return isinstance(field.field.widget, forms.CheckboxSelectMultiple)


@register.filter
def is_wide(field: BoundField) -> bool:
    """Whether the field takes the whole width: long texts and groups of choices."""
    return isinstance(field.field.widget, forms.Textarea | forms.CheckboxSelectMultiple)


@register.filter
def prefix(field: BoundField) -> str:
    """What stands before the input, for example ¥."""
    return getattr(field.field, "prefix", "")


@register.filter
def suffix(field: BoundField) -> str:
    """What stands after the input, for example %."""
    return getattr(field.field, "suffix", "")
