"""The form that names the columns of a file: one field for each meaning, and one for each word of the status."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zlib import crc32

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.console.sales.forms import DownloadedAt, on_the_clock_of
from mcn.core.platforms import Platform
from mcn.sales.importers.layouts import (
    AMOUNT_UNITS,
    GROUPS,
    MEANINGS,
    ROWS,
    WITHOUT_STATUS,
    Layout,
    meanings_of,
    states_of,
)
from mcn.sales.importers.mapped import takes_refund_lists
from mcn.sales.importers.proposals import word_state
from mcn.sales.importers.trial import MOST_WORDS, Sample
from mcn.sales.reading.moments import WAYS
from mcn.tenancy.models import Agency

UNITS: dict[str, Any] = {
    "yuan": gettext_lazy("yuan"),
    "fen": gettext_lazy("fen"),
    "percent": gettext_lazy("% of the base"),
    "fraction": gettext_lazy("part of the base, 0 to 1"),
    "permille": gettext_lazy("‰ of the base"),
    "basis_points": gettext_lazy("basis points of the base (1/10,000)"),
    "ppm": gettext_lazy("millionths of the base"),
}
TIMES: dict[str, Any] = {
    "auto": gettext_lazy("As they stand: year first, spreadsheet days, or seconds since 1970"),
    "ymd": gettext_lazy("Year first: 2026-07-31 19:30"),
    "dmy": gettext_lazy("Day first: 31/07/2026 19:30"),
    "mdy": gettext_lazy("Month first: 07/31/2026 19:30"),
    "digits": gettext_lazy("Digits: 20260731193000"),
    "seconds": gettext_lazy("Seconds since 1970"),
    "milliseconds": gettext_lazy("Milliseconds since 1970"),
    "serial": gettext_lazy("Days of a spreadsheet: 46234.8125"),
}
FLAGS = ("net", "own_list", "falls_elsewhere")


class FileToMapForm(forms.Form):
    """A file whose columns are to be named."""

    upload = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"class": "drop", "accept": ".csv,.txt,.xlsx,.xls,.json,.zip,.htm,.html"}),
    )
    exported_at = DownloadedAt()

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency = agency

    def clean_exported_at(self) -> datetime | None:
        return on_the_clock_of(self.agency, self.cleaned_data["exported_at"])


class MappingForm(forms.Form):
    """What the columns of one table mean. It is always bound: what is missing is said at its field at once.

    `sample`: rows of the table. Status words are fields of their own, named by a number made of the word, so that
    they follow the column that is chosen.
    """

    platform = forms.ChoiceField(label=gettext_lazy("Platform"), required=False)
    rows = forms.ChoiceField(label=gettext_lazy("What a row is"), choices=[*ROWS.items()], required=False)
    times = forms.ChoiceField(
        label=gettext_lazy("How times are written"), choices=[(way, TIMES[way]) for way in WAYS], required=False
    )
    without_status = forms.ChoiceField(
        label=gettext_lazy("Without a status column"), choices=[("", "–"), *WITHOUT_STATUS.items()], required=False
    )
    net = forms.BooleanField(
        label=gettext_lazy("The commission is what is left after the platform's fee: the fee is 0"), required=False
    )
    own_list = forms.BooleanField(
        label=gettext_lazy("The agency's own list: it knows better than the merchant's or the anchor's"), required=False
    )
    falls_elsewhere = forms.BooleanField(
        label=gettext_lazy("Refunds come in a list of their own: amounts that fall here take nothing back"),
        required=False,
    )

    def __init__(self, data: Mapping[str, Any], *, sample: Sample) -> None:
        data = {name: data[name] for name in data}
        super().__init__(data)
        self.sample = sample
        self.fields["platform"].choices = [("", _("Please choose")), *Platform.choices]  # type: ignore[attr-defined]
        choices = [("", "–"), *((name, name) for name in sample.columns)]
        self.of_rows = data.get("rows") or "lines"
        for meaning in meanings_of(self.of_rows):
            told = MEANINGS[meaning]
            self.fields[f"column-{meaning}"] = forms.ChoiceField(label=told.label, choices=choices, required=False)
            if told.kind in ("amount", "commission") and not meaning.endswith("_2"):
                units = UNITS if told.kind == "commission" else {unit: UNITS[unit] for unit in AMOUNT_UNITS}
                self.fields[f"unit-{meaning}"] = forms.ChoiceField(
                    label=_("Unit: %(column)s") % {"column": told.label}, choices=[*units.items()], required=False
                )
        status = data.get("column-status", "") if "column-status" in self.fields else ""
        self.words = sample.words(status) if status in sample.columns else []
        for word, _count in self.words:
            if data.get(_word_field(word)) and data[_word_field(word)] not in states_of(self.of_rows):
                data[_word_field(word)] = word_state(word, self.of_rows)  # it was said before of other rows
            self.fields[_word_field(word)] = forms.ChoiceField(
                label=word,
                choices=[("", _("Not known: the row is refused")), *states_of(self.of_rows).items()],
                required=False,
            )

    @staticmethod
    def data_of(layout: Layout, platform: str) -> dict[str, Any]:
        """What the form holds when it shows this layout."""
        data: dict[str, Any] = {"platform": platform, "rows": layout.rows, "times": layout.times}
        data["without_status"] = layout.without_status
        data |= {f"column-{meaning}": column for meaning, column in layout.columns.items()}
        data |= {f"unit-{meaning}": unit for meaning, unit in layout.units.items()}
        data |= {_word_field(word): state for word, state in layout.states.items()}
        return data | {flag: "on" for flag in FLAGS if getattr(layout, flag)}

    def clean(self) -> dict[str, Any]:
        """The layout's own problems, at the fields that they are about."""
        data = super().clean() or {}
        if data.get("column-status") and not self.words:
            text = _("This column has more than %(n)s different values, or none: it is no status.")
            self.add_error("column-status", ValidationError(text % {"n": MOST_WORDS}))
        elif not self.errors:
            for place, message in self.layout().problems().items():
                field = f"column-{place}" if place in MEANINGS else place
                self.add_error(field, ValidationError(str(message)))
        if not data.get("platform"):
            self.add_error("platform", ValidationError(_("Choose the platform that the orders are from.")))
        return data

    def layout(self) -> Layout:
        """What the fields say, be it usable or not."""
        data = self.cleaned_data
        columns = {
            meaning: column for meaning in meanings_of(self.of_rows) if (column := data.get(f"column-{meaning}"))
        }
        return Layout(
            columns=columns,
            units={meaning: unit for meaning in columns if (unit := data.get(f"unit-{meaning}"))},
            times=data.get("times") or "auto",
            states={word: state for word, _count in self.words if (state := data.get(_word_field(word)))},
            without_status=data.get("without_status", "") if self.asks_without_status else "",
            net=bool(data.get("net")),
            own_list=bool(data.get("own_list")) and self.of_rows == "lines",
            falls_elsewhere=bool(data.get("falls_elsewhere")) and self.may_fall_elsewhere,
            rows=data.get("rows") or "lines",
        )

    def groups(self) -> Iterator[dict[str, Any]]:
        """The columns under their headings: field, unit and what stands in the column that is chosen."""
        for group, label in GROUPS.items():
            rows = []
            for meaning in meanings_of(self.of_rows):
                if MEANINGS[meaning].group == group:
                    field, unit = self[f"column-{meaning}"], f"unit-{meaning}"
                    chosen = field.value()
                    rows.append(
                        {
                            "field": field,
                            "unit": self[unit] if unit in self.fields else None,
                            "values": self.sample.values(chosen) if chosen in self.sample.columns else [],
                        }
                    )
            if rows:
                yield {"code": group, "label": label, "rows": rows}

    def word_fields(self) -> list[tuple[BoundField, int]]:
        """A field for each status word, and in how many rows the word stands."""
        return [(self[_word_field(word)], count) for word, count in self.words]

    @property
    def asks_without_status(self) -> bool:
        """Whether it has to be said when a row is settled, because no column says it."""
        return self.of_rows == "lines" and not self.words

    @property
    def may_fall_elsewhere(self) -> bool:
        """Whether refunds of these orders may come in a list of their own."""
        platform = self["platform"].value()
        return self.of_rows == "lines" and bool(platform) and takes_refund_lists(platform)


def _word_field(word: str) -> str:
    return f"state-{crc32(word.encode()):08x}"
