"""Forms of the sales pages: files to bring in, platforms' bills, and what mends the cause of unmatched money."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.anchors.models import Anchor, PlatformAccount
from mcn.console.generic.forms import MoneyField
from mcn.core.platforms import Platform
from mcn.sales.importers import FORMATS
from mcn.sales.models import PlatformBill
from mcn.sales.own_formats import code_of, newest_versions
from mcn.supply.models import Sku
from mcn.tenancy.models import Agency

MOST_FILES = 50


class FilesInput(forms.FileInput):
    """A box to drop files on; browsers let people drop onto a file input without any script."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class FilesField(forms.Field):
    """One or more files. What is wrong with one of them keeps no other out: see `Upload.submit`."""

    widget = FilesInput

    def clean(self, value: Any) -> list[UploadedFile]:
        files: list[UploadedFile] = [file for file in (value if isinstance(value, list) else [value]) if file]
        if not files:
            raise ValidationError(_("Choose at least one file."))
        if len(files) > MOST_FILES:
            raise ValidationError(_("At most %(n)s files at a time.") % {"n": MOST_FILES})
        return files


class DownloadedAt(forms.DateTimeField):
    """When a file was downloaded, as the agency's clock shows it."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Downloaded from the platform at"),
            required=False,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            help_text=gettext_lazy("Empty: now. Changes without a date of their own get this one."),
        )


def on_the_clock_of(agency: Agency, moment: datetime | None) -> datetime | None:
    """A moment that was typed in, on the agency's clock, whatever the server's is."""
    return None if moment is None else moment.replace(tzinfo=agency.zone)


class UploadForm(forms.Form):
    """Platform files as they were downloaded."""

    upload = FilesField(
        label=gettext_lazy("Files"),
        widget=FilesInput(attrs={"class": "drop", "accept": ".csv,.txt,.xlsx,.xls,.json,.zip,.htm,.html"}),
    )
    preview = forms.BooleanField(
        label=gettext_lazy("First show me what changes"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Nothing is taken in before you say so."),
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        required=False,
        help_text=gettext_lazy("Recognised from the columns; choose one only if that fails."),
    )
    account_id = forms.CharField(
        label=gettext_lazy("Account"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"list": "known-accounts", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Only for files that do not name the account: the Kuaishou and JD lists, a Douyin anchor's own list and"
            " slot fees."
        ),
    )
    exported_at = DownloadedAt()

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency = agency
        titles = [(code, str(layout.title)) for code, layout in FORMATS.items()]
        titles += [(code_of(version), version.mapping.name) for version in newest_versions()]
        self.fields["format"].choices = [("", _("Recognise by itself")), *titles]  # type: ignore[attr-defined]

    def clean_exported_at(self) -> datetime | None:
        return on_the_clock_of(self.agency, self.cleaned_data["exported_at"])


def known_accounts() -> list[tuple[str, str]]:
    """(account id, words) of the agency's platform accounts, for suggestions."""
    rows = PlatformAccount.objects.select_related("anchor").order_by("platform", "account_id")[:500]
    return [
        (account.account_id, f"{account.get_platform_display()} · {account.nickname or account.anchor.stage_name}")
        for account in rows
    ]


class LineFilter(forms.Form):
    """What the list of order lines is narrowed by. All of it is answered by an index."""

    q = forms.CharField(required=False, max_length=64)
    platform = forms.ChoiceField(label=gettext_lazy("Platform"), required=False)
    account = forms.ChoiceField(label=gettext_lazy("Account"), required=False)
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    since = forms.DateField(
        label=gettext_lazy("Paid from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("Paid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class AsOf(forms.Form):
    """The day at whose end a line is looked at; without one, now."""

    as_of = forms.DateField(
        label=gettext_lazy("As known at the end of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class AccountMend(forms.Form):
    """An account that no anchor holds: give it to one."""

    anchor: Any = forms.ModelChoiceField(label=gettext_lazy("Anchor"), queryset=QuerySet(Anchor).none())
    starts_on = forms.DateField(
        label=gettext_lazy("Holds it from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    collected_by = forms.ChoiceField(
        label=gettext_lazy("Collection"), choices=PlatformAccount.CollectedBy.choices, required=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["anchor"].queryset = Anchor.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["anchor"].empty_label = _("Please choose")  # type: ignore[attr-defined]


class ProductMend(forms.Form):
    """A platform product that no SKU stands for: link it to one."""

    sku: Any = forms.ModelChoiceField(label=gettext_lazy("SKU"), queryset=QuerySet(Sku).none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sku"].queryset = Sku.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["sku"].empty_label = _("Please choose")  # type: ignore[attr-defined]


class _Row(forms.Form):
    """A row of the page on which several causes are mended: left empty, its cause stays."""

    answer = ""
    model: Any = None
    unknown: Any = ""
    needed: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        """The record that the text begins with the code of. Texts are as the list of suggestions writes them."""
        cleaned = super().clean() or self.cleaned_data
        text = cleaned.get(self.answer, "").strip()
        if not text:
            return cleaned
        found = self.model.objects.filter(code=text).first() or self.model.objects.filter(code=text.split()[0]).first()
        if found is None:
            self.add_error(self.answer, self.unknown)
        cleaned[self.answer] = found
        for name in self.needed:
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        return cleaned


class AccountRow(_Row):
    """Who holds an account, from when."""

    answer = "anchor"
    model = Anchor
    unknown = gettext_lazy("There is no anchor with this code.")
    needed = ("starts_on", "collected_by")
    anchor = forms.CharField(
        label=gettext_lazy("Anchor"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "anchors", "autocomplete": "off"}),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("Holds it from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    collected_by = forms.ChoiceField(
        label=gettext_lazy("Collection"),
        required=False,
        choices=PlatformAccount.CollectedBy.choices,
        initial=PlatformAccount.CollectedBy.AGENCY,
    )


class ProductRow(_Row):
    """Which SKU a product is."""

    answer = "sku"
    model = Sku
    unknown = gettext_lazy("There is no SKU with this code.")
    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        required=False,
        max_length=250,
        widget=forms.TextInput(attrs={"list": "skus", "autocomplete": "off"}),
    )


class ReconciliationFilter(forms.Form):
    """What the page of reconciliation shows."""

    month = forms.ChoiceField(label=gettext_lazy("Month"), required=False)
    measure = forms.ChoiceField(label=gettext_lazy("Compared"), required=False, choices=PlatformBill.Measure.choices)
    platform = forms.ChoiceField(label=gettext_lazy("Platform"), required=False)
    account = forms.ChoiceField(label=gettext_lazy("Account"), required=False)


class BillForm(forms.Form):
    """One day of a platform's bill, typed."""

    platform = forms.ChoiceField(label=gettext_lazy("Platform"), choices=Platform.choices)
    account = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=120,
        widget=forms.TextInput(attrs={"list": "known-accounts", "autocomplete": "off"}),
        help_text=gettext_lazy("Its id, or its nickname where only one account has it."),
    )
    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    measure = forms.ChoiceField(label=gettext_lazy("What the amount is"), choices=PlatformBill.Measure.choices)
    amount_fen = MoneyField(label=gettext_lazy("Amount"))
    count = forms.IntegerField(
        label=gettext_lazy("Count"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=gettext_lazy("How many settlements or orders the bill counts on this day."),
    )


class BillFileForm(forms.Form):
    """A platform's bill as a file."""

    platform = forms.ChoiceField(label=gettext_lazy("Platform"), choices=Platform.choices)
    measure = forms.ChoiceField(label=gettext_lazy("What the amounts are"), choices=PlatformBill.Measure.choices)
    upload = forms.FileField(
        label=gettext_lazy("File"), widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls"})
    )
