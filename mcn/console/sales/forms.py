"""Forms of the sales pages: files to bring in, platforms' bills, and what mends the cause of unmatched money."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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


class UploadForm(forms.Form):
    """Platform files as they were downloaded."""

    upload = FilesField(
        label=gettext_lazy("Files"),
        widget=FilesInput(attrs={"class": "drop", "accept": ".csv,.txt,.xlsx,.xls,.json,.zip,.htm,.html"}),
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
            "Only for files that do not name the account: the Kuaishou and JD lists and a Douyin anchor's own list."
        ),
    )
    exported_at = forms.DateTimeField(
        label=gettext_lazy("Downloaded from the platform at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=gettext_lazy("Empty: now. Changes without a date of their own get this one."),
    )

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency = agency
        titles = [(code, str(layout.title)) for code, layout in FORMATS.items()]
        self.fields["format"].choices = [("", _("Recognise by itself")), *titles]  # type: ignore[attr-defined]

    def clean_exported_at(self) -> datetime | None:
        """The time is on the agency's clock, whatever the server's is."""
        moment: datetime | None = self.cleaned_data["exported_at"]
        if moment is None:
            return None
        return moment.replace(tzinfo=ZoneInfo(self.agency.timezone))


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
