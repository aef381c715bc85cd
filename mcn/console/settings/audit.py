"""The audit trail: who did what, when, from what to what."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.accounts import audit
from mcn.accounts.models import AuditEntry, Membership
from mcn.anchors.models import ContractVersion
from mcn.console import trail
from mcn.console.generic.keyset import keyset_page
from mcn.console.generic.registry import resource_of
from mcn.console.views import ConsoleView


class AuditForm(forms.Form):
    """By person, kind of record, words in its name, and time."""

    q = forms.CharField(required=False)
    actor: Any = forms.ModelChoiceField(
        label=gettext_lazy("Who"), queryset=QuerySet(Membership).none(), required=False, empty_label=gettext_lazy("Who")
    )
    target = forms.ChoiceField(label=gettext_lazy("Kind of record"), required=False)
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label=gettext_lazy("To (inclusive)"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, agency: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].queryset = Membership.objects.filter(agency=agency).order_by("name")  # type: ignore[attr-defined]
        targets = AuditEntry.objects.filter(agency=agency).order_by().values_list("target", flat=True).distinct()
        named = sorted(((target, kind_of_record(target)) for target in targets), key=lambda pair: pair[1])
        self.fields["target"].choices = [("", _("Kind of record")), *named]  # type: ignore[attr-defined]


def kind_of_record(target: str) -> str:
    """What people call the kind of record; its code where the kind is gone."""
    try:
        return capfirst(str(apps.get_model(target)._meta.verbose_name))
    except LookupError:
        return target


class AuditTrail(ConsoleView):
    """Newest first, page by page."""

    permission = "audit.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        agency = request.agency  # type: ignore[attr-defined]
        form = AuditForm(request.GET, agency=agency)
        rows = AuditEntry.objects.filter(agency=agency)
        given = form.cleaned_data if form.is_valid() else {}
        rows = self.narrow(rows, given) if form.is_valid() else rows.none()
        page = keyset_page(rows, by="at", at=request.GET.get("at", ""))
        context = {
            "title": _("Audit trail"),
            "form": form,
            "page": page,
            "entries": [self.line(entry) for entry in page.rows],
            "filtered": any(given.values()) or not form.is_valid(),
            "all_url": reverse("console:audit"),
        }
        return self.page("console/settings/audit.html", context)

    def narrow(self, rows: QuerySet, given: dict[str, Any]) -> QuerySet:
        zone = self.request.agency.zone  # type: ignore[attr-defined]
        for word in given["q"].split()[:8]:
            rows = rows.filter(target_name__icontains=word)
        if given["actor"]:
            rows = rows.filter(actor=given["actor"].user_id)
        if given["target"]:
            rows = rows.filter(target=given["target"])
        if given["since"]:
            rows = rows.filter(at__gte=datetime.combine(given["since"], datetime.min.time(), tzinfo=zone))
        if given["until"]:
            after = given["until"] + timedelta(days=1)
            rows = rows.filter(at__lt=datetime.combine(after, datetime.min.time(), tzinfo=zone))
        return rows

    def line(self, entry: AuditEntry) -> dict[str, Any]:
        """One entry for the page: names, a link where the record has a page, and each changed field."""
        try:
            model = apps.get_model(entry.target)
        except LookupError:
            model = None
        changes = []
        if model is not None and model is not ContractVersion:
            # The terms of a version are told in words on its contract's page.
            changes = trail.changes(model, entry)
        return {
            "at": entry.at,
            "who": trail.who(entry),
            "address": entry.address or "",
            "action": audit.action_label(entry.action),
            "kind": kind_of_record(entry.target),
            "name": entry.target_name,
            "url": self.url(model, entry),
            "changes": changes,
        }

    def url(self, model: Any, entry: AuditEntry) -> str:
        pk = entry.target_id
        if model is ContractVersion:
            pk = ContractVersion.objects.filter(pk=pk).values_list("contract_id", flat=True).first()
            model = ContractVersion._meta.get_field("contract").related_model
        resource = resource_of(model) if model is not None else None
        if resource is None or pk is None or not self.request.member.can(resource.view_permission):  # type: ignore[attr-defined]
            return ""
        return reverse(f"console:{resource.slug}-detail", args=[pk])
