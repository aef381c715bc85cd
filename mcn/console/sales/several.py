"""Several causes of unmatched money mended at once, and what was mended by whom."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.anchors.models import Anchor
from mcn.commissions import desk
from mcn.commissions.desk import Group, read_cause
from mcn.commissions.models import Mending, Unmatched
from mcn.console.generic.keyset import keyset_page
from mcn.console.sales.forms import AccountRow, ProductRow
from mcn.console.sales.unmatched import DESK, SURE, Desk, mend, proposals, worded
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.jobs.models import Job
from mcn.supply.models import Sku

AT_ONCE = 50  # rows of the page; what is left comes up when these are done


class Several(Desk):
    """One row per cause that can be mended here, the most money first, with who or what may be meant."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(self.rows(None))

    def post(self, request: HttpRequest) -> HttpResponse:
        rows = self.rows(request.POST)
        wrong = [
            form for _group, form, _words in rows if not form.is_valid()
        ]  # each is asked, so each shows its errors
        if wrong:
            return self.show(rows, 422)
        chosen = [(group, form) for group, form, _words in rows if form.cleaned_data.get(form.answer)]
        if not chosen:
            messages.info(request, _("Nothing is filled in: write who holds an account, or which SKU a product is."))
            return self.show(rows, 422)
        job = self.mend_all(chosen)
        return self.show(rows, 422) if job is None else self.follow(job)

    def mend_all(self, chosen: Sequence[tuple[Group, AccountRow | ProductRow]]) -> Job | None:
        """Mend all or nothing; None, with the reason at its row, where one cannot be mended."""
        job: Job | None = None
        try:
            with transaction.atomic():
                for group, form in chosen:
                    job = mend(self.request.user, group, form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else form.answer, capfirst(str(error)))
            return None
        return job

    def rows(self, data: Any) -> list[tuple[Group, AccountRow | ProductRow, list[str]]]:
        """Cause, form and proposals in words. What was sent for causes that are gone by now is left out."""
        groups = [group for group in desk.groups() if self.mends_here(group)][:AT_ONCE]
        proposed = proposals(groups)
        first_days = desk.first_payments(groups)
        rows = []
        for group in groups:
            likely = proposed.get(group.cause, [])
            first = likely[0].record.code if likely and likely[0].why in SURE else ""
            prefix = f"{group.reason}-{group.cause}"
            form: AccountRow | ProductRow
            if group.what.kind == "account":
                initial = {"anchor": first, "starts_on": first_days.get(group.cause)}
                form = AccountRow(data, prefix=prefix, initial=initial)
            else:
                form = ProductRow(data, prefix=prefix, initial={"sku": first})
            rows.append((group, form, [worded(one) for one in likely[:3]]))
        return rows

    def show(self, rows: list[tuple[Group, AccountRow | ProductRow, list[str]]], status: int = 200) -> HttpResponse:
        kinds = {group.what.kind for group, _form, _words in rows}
        context = {
            "title": _("Mend several at once"),
            "crumbs": [(_("Unmatched money"), reverse(DESK))],
            "rows": [(group, self.name(group), form, words) for group, form, words in rows],
            "anchors": Anchor.objects.order_by("code") if "account" in kinds else (),
            "skus": Sku.objects.order_by("code")[:2000] if "product" in kinds else (),
        }
        return self.page("console/sales/several.html", context, status)


class Mended(ConsoleView):
    """What was mended, by whom, and what became of the lines; newest first."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = Mending.objects.select_related("actor", "job")
        page = keyset_page(rows, by="created_at", at=request.GET.get("at", ""), size=25)
        context = {
            "title": _("What was mended"),
            "crumbs": [(_("Unmatched money"), reverse(DESK))],
            "page": page,
            "rows": [(row, *self.named(row)) for row in page.rows],
        }
        return self.page("console/sales/mended.html", context)

    @staticmethod
    def named(row: Mending) -> tuple[str, str]:
        """The cause and its reason in words."""
        what = read_cause(row.reason, row.cause)
        anchor = Anchor.objects.filter(code=what.anchor).first() if what.anchor else None
        group = Group(row.reason, row.cause, row.lines, row.pool_fen, "", "", what, anchor)
        return Desk.name(group), str(Unmatched.Reason(row.reason).label)
