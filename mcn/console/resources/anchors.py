"""Anchors, payees, platform accounts, advances and attendance."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from mcn.anchors import services
from mcn.anchors.models import Advance, Anchor, Attendance, Payee, PlatformAccount, WageDeductions
from mcn.console.anchors import personal
from mcn.console.anchors.earnings import earnings_of
from mcn.console.anchors.signin import SignIn
from mcn.console.generic import RelatedTab, Resource, Section, Tab, register
from mcn.console.generic.forms import RecordForm
from mcn.console.generic.resource import Action
from mcn.core import formats
from mcn.settlements.advances import statement_of
from mcn.settlements.exports.withholding_people import lacking
from mcn.settlements.selectors import last_closed_period


class AnchorForm(RecordForm):
    """An anchor; a new one brings along who is paid, under the same code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["kind"] = forms.ChoiceField(
                label=_("Paid as"),
                choices=Payee.Kind.choices,
                help_text=_("Decides how tax is withheld."),
            )
            self.fields["legal_name"] = forms.CharField(
                label=_("Legal name"), max_length=120, help_text=_("As on the identity card or business licence.")
            )


@register
class Anchors(Resource):
    model = Anchor
    slug = "anchors"
    area = "anchors"
    icon = "microphone"
    order = 10
    view_permission = "anchors.view"
    change_permission = "anchors.change"
    columns = ("code", "stage_name", "status", "joined_on", "payee__kind")
    search = ("code", "stage_name", "accounts__account_id", "accounts__nickname")
    filters = ("status", "payee__kind")
    select_related = ("payee", "member", "agency")
    fields = ("code", "stage_name", "status", "joined_on", "note")
    form_base = AnchorForm
    sections: ClassVar = (
        Section("", ("code", "stage_name", "status", "joined_on", "payee", "member")),
        Section(_("Remarks"), ("note",)),
    )
    overview = "console/anchors/_anchor.html"
    lead = _("Who goes live for the agency, on which accounts, under which contract.")
    empty_why = _("No anchor has been entered. An anchor needs an account and a contract before orders are paid.")

    def __init__(self) -> None:
        self.tabs = (  # type: ignore[misc]
            RelatedTab("platform-accounts", "anchor"),
            RelatedTab("contracts", "anchor"),
            RelatedTab("sessions", "hosts__anchor"),
            Tab("earnings", _("Earnings"), "console/anchors/_earnings.html", self.earnings, "settlements.view"),
            RelatedTab("training-records", "anchor"),
            RelatedTab("advances", "payee", via="payee"),
            RelatedTab("deposits", "payee", via="payee"),
            RelatedTab("instalment-plans", "payee", via="payee"),
            RelatedTab("attendance", "anchor"),
        )

    def rows(self, request: HttpRequest) -> Any:
        return super().rows(request).distinct()

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        today = record.agency.today()
        accounts = record.accounts.filter(starts_on__lte=today).exclude(ends_on__lte=today)
        contract = record.contracts.filter(starts_on__lte=today, ends_on__gte=today).first()
        return {
            "accounts": accounts.order_by("platform", "account_id"),
            "contract": contract if request.member.can("contracts.view") else None,  # type: ignore[attr-defined]
            "may_see_contract": request.member.can("contracts.view"),  # type: ignore[attr-defined]
        }

    def earnings(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """The statements of the anchor's payee."""
        return earnings_of(request, record.payee)

    def actions(self, request: HttpRequest, record: Any) -> list[Action]:
        member, found = request.member, []  # type: ignore[attr-defined]
        if member.can("members.view"):
            found.append(Action(_("Sign-in"), reverse("console:anchors-signin", args=[record.pk]), "key"))
        if member.can("exits.change") and record.status != Anchor.Status.LEFT:
            url = f"{reverse('console:exit-new')}?anchor={record.pk}"
            found.append(Action(_("Draw up an exit sheet"), url, "user-off"))
        return found

    def urlpatterns(self) -> list[URLPattern]:
        return [
            *super().urlpatterns(),
            path("anchors/<int:pk>/sign-in/", SignIn.as_view(), name="anchors-signin"),
        ]

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        payee, _outcome = services.payee_save(
            actor=actor,
            code=data["code"],
            name=data["stage_name"],
            kind=data.pop("kind"),
            legal_name=data.pop("legal_name"),
        )
        return services.anchor_save(actor=actor, payee=payee, **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return services.anchor_save(actor=actor, payee=record.payee, **data)[0]


@register
class PlatformAccounts(Resource):
    model = PlatformAccount
    slug = "platform-accounts"
    area = "anchors"
    icon = "device-mobile"
    order = 40
    view_permission = "anchors.view"
    change_permission = "anchors.change"
    columns = ("nickname", "platform", "account_id", "anchor", "starts_on", "ends_on", "collected_by")
    search = ("nickname", "account_id", "anchor__code", "anchor__stage_name")
    filters = ("platform", "collected_by", "anchor")
    ordering = ("platform", "account_id", "-starts_on")
    select_related = ("anchor",)
    fields = ("anchor", "platform", "account_id", "nickname", "starts_on", "ends_on", "collected_by")
    locked: ClassVar = ("anchor",)
    sections: ClassVar = (Section("", fields),)
    lead = _("Which anchor holds which account, from when until when. Orders go to who held it then.")
    empty_why = _("No account has been entered. Orders of an account that nobody holds stay unmatched.")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return services.account_save(actor=actor, **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        stored = PlatformAccount.objects.select_for_update().get(pk=record.pk)
        return services.account_save(actor=actor, account=stored, **data)[0]


class PayeeForm(RecordForm):
    """A payee. Stored personal data never comes back into the form: an empty field keeps what is stored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key in personal.labels():
            self.fields[key.replace(".", "_")] = personal.field_for(self.instance, key)


@register
class Payees(Resource):
    model = Payee
    slug = "payees"
    area = "anchors"
    icon = "user-dollar"
    order = 30
    view_permission = "payees.view"
    change_permission = "payees.change"
    columns = ("code", "name", "kind", "legal_name", "employed_from")
    search = ("code", "name", "legal_name")
    filters = ("kind",)
    fields = (
        "code",
        "name",
        "kind",
        "legal_name",
        "social_insurance_fen",
        "special_deductions_fen",
        "employed_from",
        "non_resident",
    )
    form_base = PayeeForm
    sections: ClassVar = (
        Section("", ("code", "name", "kind", "legal_name", "non_resident")),
        Section(_("Wage tax"), ("employed_from", "social_insurance_fen", "special_deductions_fen")),
    )
    overview = "console/anchors/_payee.html"
    lead = _("Who is paid: the persons or companies behind anchors, and agents.")
    empty_why = _("No payee has been entered. Each new anchor brings one; agents and recruiters are entered here.")

    def __init__(self) -> None:
        self.tabs = (  # type: ignore[misc]
            Tab("earnings", _("Earnings"), "console/anchors/_earnings.html", earnings_of, "settlements.view"),
            RelatedTab("advances", "payee"),
            RelatedTab("instalment-plans", "payee"),
        )

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {
            "personal": personal.facts(record, hide=True),
            "unfiled": formats.listed(lacking([record])) if record.non_resident else "",
            "may_reveal": request.member.can("payees.reveal"),  # type: ignore[attr-defined]
            "is_employee": record.kind == Payee.Kind.EMPLOYEE,
        }

    def urlpatterns(self) -> list[URLPattern]:
        return [
            *super().urlpatterns(),
            path("payees/<int:pk>/reveal/", personal.Reveal.as_view(), name="payees-reveal"),
        ]

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return self._save(actor, None, data)

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return self._save(actor, Payee.objects.get(pk=record.pk), data)

    @staticmethod
    def _save(actor: Any, stored: Payee | None, data: dict[str, Any]) -> Model:
        """Typed personal data replaces the stored, piece by piece; empty pieces keep it."""
        given: dict[str, Any] = {}
        for key in personal.labels():
            field, _dot, part = key.partition(".")
            typed = data.pop(key.replace(".", "_"))
            typed = typed.isoformat() if isinstance(typed, date) else typed
            if typed and part:
                given.setdefault(field, dict(getattr(stored, field, None) or {}))[part] = typed
            elif typed:
                given[field] = typed
        return services.payee_save(actor=actor, **data, **given)[0]


@register
class Advances(Resource):
    model = Advance
    slug = "advances"
    area = "finance"
    group = "advances"
    icon = "cash"
    order = 40
    view_permission = "settlements.view"
    change_permission = "entries.change"
    columns = ("code", "payee", "amount_fen", "paid_on", "recoup_rate", "instalment_fen", "taxed_when_paid")
    search = ("code", "payee__code", "payee__name")
    filters = ("payee",)
    ordering = ("-paid_on", "-pk")
    select_related = ("payee",)
    fields = (
        "payee", "code", "amount_fen", "paid_on", "recoup_rate", "instalment_fen", "recoup_from", "taxed_when_paid",
    )  # fmt: skip
    locked = ("payee", "code")
    sections: ClassVar = (Section("", fields),)
    overview = "console/anchors/_advance.html"
    lead = _("Money paid before it was earned. Each month takes back a part of what is earned.")
    empty_why = _("No advance has been paid.")

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {"advance": statement_of(record)}

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return services.advance_save(actor=actor, **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return services.advance_save(actor=actor, **data)[0]


@register
class AttendanceRecords(Resource):
    model = Attendance
    slug = "attendance"
    area = "anchors"
    icon = "calendar-check"
    order = 50
    view_permission = "anchors.view"
    change_permission = "anchors.change"
    columns = ("period", "anchor", "valid_days", "valid_hours")
    search = ("period", "anchor__code", "anchor__stage_name")
    filters = ("anchor",)
    ordering = ("-period", "anchor__code")
    select_related = ("anchor",)
    fields = ("anchor", "period", "valid_days", "valid_hours")
    locked = ("anchor", "period")
    sections: ClassVar = (Section("", fields),)
    lead = _("Valid days and hours of each month. Guarantees are paid only where they are met.")
    empty_why = _("No month has been entered. Without attendance a guarantee counts as not met.")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return services.attendance_save(actor=actor, last_closed=last_closed_period(), **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return self.create(actor=actor, data=data)


@register
class WageDeductionRecords(Resource):
    model = WageDeductions
    slug = "wage-deductions"
    area = "finance"
    group = "tax"
    icon = "receipt-tax"
    order = 99
    # What somebody may deduct tells of their family and health: it is for who may see personal data as it is.
    view_permission = "payees.reveal"
    change_permission = "payees.reveal"
    columns = ("period", "payee", "pension_fen", "medical_fen", "unemployment_fen", "housing_fund_fen")
    search = ("period", "payee__code", "payee__name")
    filters = ("payee",)
    ordering = ("-period", "payee__code")
    select_related = ("payee",)
    fields = ("payee", "period", *WageDeductions.SOCIAL, *WageDeductions.SPECIAL)
    locked = ("payee", "period")
    sections: ClassVar = (
        Section("", ("payee", "period")),
        Section(_("Social insurance and housing fund, the employee's part"), WageDeductions.SOCIAL),
        Section(_("Special deductions of the month"), WageDeductions.SPECIAL),
    )
    lead = _("What lowers an employee's tax base, month by month. A month without an entry takes the payee's two sums.")
    empty_why = _("No month has been entered: the sums that stand with each payee are deducted every month.")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return services.wage_deductions_save(actor=actor, last_closed=last_closed_period(), **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return self.create(actor=actor, data=data)
