"""A session's form: its own fields, and a row for each host with the weight in percent."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Anchor, PlatformAccount
from mcn.console.generic.forms import RateField, RecordForm
from mcn.core.errors import RuleError
from mcn.live.services import Hosts

ROWS = 6


class SessionForm(RecordForm):
    """Rows without an anchor are no hosts. More rows than six appear once six are filled."""

    def __init__(self, *args: Any, agency: Any, **kwargs: Any) -> None:
        super().__init__(*args, agency=agency, **kwargs)
        hosts = list(self.instance.hosts.order_by("position")) if self.instance.pk else []
        typed = sum(1 for name in self.data if name.startswith("host_"))
        self.rows = max(ROWS, len(hosts) + 2, min(typed, 50))
        anchors = Anchor.objects.filter(agency=agency).order_by("code")
        for row in range(self.rows):
            host = hosts[row] if row < len(hosts) else None
            self.fields[f"host_{row}"] = forms.ModelChoiceField(
                label=_("Host"), queryset=anchors, required=False, empty_label="–", initial=host and host.anchor_id
            )
            self.fields[f"weight_{row}"] = RateField(label=_("Weight"), required=False, initial=host and host.weight)
        accounts = PlatformAccount.objects.filter(agency=agency).order_by("platform", "account_id")
        self.accounts = accounts.values_list("account_id", "nickname").distinct()
        self.fields["account_id"].widget.attrs["list"] = "accounts"
        self.fields["account_id"].help_text = _("The account that streams, as the platform's files name it.")

    def main_fields(self) -> list[BoundField]:
        """The session's own fields."""
        return [field for field in self if not field.name.startswith(("host_", "weight_"))]

    def host_rows(self) -> list[tuple[BoundField, BoundField]]:
        """Anchor and weight, row by row."""
        return [(self[f"host_{row}"], self[f"weight_{row}"]) for row in range(self.rows)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for row in range(self.rows):
            anchor, weight = cleaned.get(f"host_{row}"), cleaned.get(f"weight_{row}")
            if anchor is None and weight is not None:
                self.add_error(f"host_{row}", _("Say whose weight this is."))
            if anchor is not None and weight is None and f"weight_{row}" not in self.errors:
                self.add_error(f"weight_{row}", _("Say with what weight."))
        return cleaned


def take_hosts(data: dict[str, Any]) -> tuple[Hosts, list[int]]:
    """Take the hosts out of clean form data; returns them and the form rows they stand in."""
    hosts: list[tuple[Anchor, Decimal]] = []
    rows: list[int] = []
    for name in [name for name in data if name.startswith("host_")]:
        row = int(name.removeprefix("host_"))
        anchor, weight = data.pop(name), data.pop(f"weight_{row}")
        if anchor is not None:
            hosts.append((anchor, weight))
            rows.append(row)
    return hosts, rows


def place_error(error: RuleError, rows: list[int]) -> None:
    """Turn the service's place, hosts[1].weight, into the form's field."""
    field = error.field or ""
    if field == "hosts" and rows:
        error.field = f"weight_{rows[-1]}"
    elif field.startswith("hosts["):
        index, _dot, part = field.removeprefix("hosts[").partition("].")
        error.field = f"{'weight' if part == 'weight' else 'host'}_{rows[int(index)]}"
