"""The unmatched desk: money that belongs to nobody, by cause; a cause is mended once and all its lines follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.accounts.keeping import KEEP
from mcn.anchors.models import PlatformAccount
from mcn.anchors.services import account_save, free_until
from mcn.commissions import desk, suggestions
from mcn.commissions.desk import Group
from mcn.commissions.models import Mending
from mcn.commissions.suggestions import Proposal
from mcn.console.generic.keyset import keyset_page
from mcn.console.jobs.views import job_fragment, title_of
from mcn.console.sales.forms import AccountMend, ProductMend
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.errors import DomainError
from mcn.jobs.models import Job
from mcn.settlements import mending
from mcn.supply.models import Sku
from mcn.supply.services import sku_products_save

DESK = "console:sales-unmatched"


@dataclass(frozen=True)
class HowTo:
    """What removes a cause: who may do it, and in words what it takes."""

    permission: str
    who: Any
    how: Any


MENDINGS = {
    "account": HowTo(
        "anchors.change",
        gettext_lazy("operations or talent staff"),
        gettext_lazy("Say who holds the account, and from which day."),
    ),
    "product": HowTo("supply.change", gettext_lazy("selection staff"), gettext_lazy("Say which SKU the product is.")),
    "contract": HowTo(
        "contracts.change",
        gettext_lazy("talent staff"),
        gettext_lazy("The anchor needs a contract that was in force when the orders were paid."),
    ),
    "rule": HowTo(
        "contracts.change",
        gettext_lazy("talent staff"),
        gettext_lazy("The contract needs a rule for these lines, for example one for everything else."),
    ),
    "sessions": HowTo(
        "live.change",
        gettext_lazy("operations staff"),
        gettext_lazy("Correct the times or the room of one of the sessions, so that only one fits."),
    ),
    "no_product": HowTo(
        "sales.import",
        gettext_lazy("operations or finance staff"),
        gettext_lazy(
            "The line names no product, so no SKU can be found for it. Bring in an export that has the column."
        ),
    ),
    "payment_time": HowTo(
        "sales.import",
        gettext_lazy("operations or finance staff"),
        gettext_lazy("The file gives no payment time. Bring in an export that has the column."),
    ),
    "line": HowTo(
        "sales.import",
        gettext_lazy("operations or finance staff"),
        gettext_lazy(
            "The line names no account, so nobody can be found for it. Bring in an export that has the column."
        ),
    ),
}

HERE = frozenset({"account", "product"})
ELSEWHERE = frozenset({"contract", "rule", "sessions"})  # mended on pages that do not know of the queue


def mending_form(group: Group, data: Any = None, *, since: date | None = None) -> AccountMend | ProductMend | None:
    """The form that mends the cause right here, for an account from `since` on; None where another page mends it."""
    prefix = f"{group.reason}-{group.cause}"
    if group.what.kind == "account":
        initial = {"starts_on": since, "collected_by": PlatformAccount.CollectedBy.AGENCY}
        return AccountMend(data, prefix=prefix, initial=initial)
    if group.what.kind == "product":
        return ProductMend(data, prefix=prefix)
    return None


WHY = {
    "held": gettext_lazy("held this account at another time"),
    "damaged_id": gettext_lazy(
        "has the account %(detail)s: a spreadsheet spoiled the last digits; bring the file in again as downloaded"
    ),
    "nickname": gettext_lazy("has an account called “%(detail)s”"),
    "former_nickname": gettext_lazy("had an account called “%(detail)s”"),
    "stage_name": gettext_lazy("is called “%(detail)s”"),
    "similar_id": gettext_lazy("has the account %(detail)s, one character apart"),
    "name": gettext_lazy("is called “%(detail)s”"),
}
SURE = frozenset({"held", "nickname", "stage_name", "name"})  # filled in for the member to confirm


def proposals(groups: Sequence[Group]) -> dict[str, list[Proposal]]:
    """By cause, who or what may be meant."""
    return suggestions.for_accounts(groups) | suggestions.for_products(groups)


def worded(proposal: Proposal) -> str:
    """“A01 小鹿 has an account called “小鹿””, in the reader's language."""
    return f"{proposal.record} {WHY[proposal.why] % {'detail': proposal.detail}}"


class Desk(ConsoleView):
    """The queue by reason and cause, the most money first."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer()

    def answer(self, bound: tuple[Group, Any] | None = None, status: int = 200) -> HttpResponse:
        request = self.request
        period = request.GET.get("period", "")
        groups = desk.groups(period)
        self.proposals = proposals(groups)
        self.first_days = desk.first_payments(groups)
        job = self.matching()
        context = {
            "title": _("Unmatched money"),
            "period": period,
            "job": job,
            "job_title": title_of(job) if job else "",
            "sentences": mending.worded(job) if job else [],
            "totals": {"lines": sum(g.lines for g in groups), "pool_fen": sum(g.pool_fen for g in groups)},
            "cards": [self.card(group, bound) for group in groups],
            "may_import": request.member.can("sales.import"),  # type: ignore[attr-defined]
            "several": sum(self.mends_here(group) for group in groups) > 1,
            "mended": Mending.objects.exists(),
        }
        return self.page("console/sales/unmatched.html", context, status)

    @staticmethod
    def follow(job: Job) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse(DESK)}?job={job.pk}")

    def mends_here(self, group: Group) -> bool:
        """Whether this member can mend the cause on the desk itself."""
        kind = group.what.kind
        return kind in HERE and self.request.member.can(MENDINGS[kind].permission)  # type: ignore[attr-defined]

    def matching(self) -> Job | None:
        """The match that the address asks about, with its result; else one that is under way."""
        jobs = Job.objects.filter(kind=mending.KIND)
        asked = self.request.GET.get("job", "")
        if asked.isascii() and asked.isdigit() and len(asked) < 19:  # what a row's number may be
            return jobs.filter(pk=asked).first()
        return jobs.filter(state__in=Job.OPEN).order_by("-pk").first()

    def card(self, group: Group, bound: tuple[Group, Any] | None = None) -> dict[str, Any]:
        member = self.request.member  # type: ignore[attr-defined]
        how = MENDINGS[group.what.kind]
        may = member.can(how.permission)
        form = None
        if may:
            same = bound is not None and (bound[0].reason, bound[0].cause) == (group.reason, group.cause)
            empty = mending_form(group, since=self.first_days.get(group.cause))
            form = bound[1] if bound is not None and same else empty
        return {
            "group": group,
            "name": self.name(group),
            "mending": how,
            "may": may,
            "form": form,
            "proposals": [worded(one) for one in self.proposals.get(group.cause, [])[:3]] if form else [],
            "open": bool(form and form.is_bound),
            "links": self.elsewhere(group),
            "may_match_again": may and group.what.kind in ELSEWHERE,
        }

    @staticmethod
    def name(group: Group) -> str:
        """What is missing, in words."""
        what = group.what
        platform = _platform(what.platform)
        if what.kind == "account":
            return _("Account %(account)s on %(platform)s") % {"account": what.account or "–", "platform": platform}
        if what.kind == "product":
            return _("Product %(product)s on %(platform)s") % {"product": what.product or "–", "platform": platform}
        if what.kind == "sessions":
            return _("Sessions %(codes)s") % {"codes": formats.listed(what.sessions)}
        if what.kind in {"contract", "rule"}:
            return _("Anchor %(anchor)s") % {"anchor": group.anchor or what.anchor}
        return platform

    def elsewhere(self, group: Group) -> list[tuple[str, str]]:
        """Label and address of the pages on which the cause is mended, if it is not this one."""
        from mcn.console.generic import resource_of
        from mcn.live.models import Session

        member = self.request.member  # type: ignore[attr-defined]
        if group.anchor is not None:
            shown = resource_of(type(group.anchor))
            if shown is not None and member.can(shown.view_permission):
                return [(_("Go there"), f"{shown.detail_url(group.anchor)}?tab=contracts")]
        if group.what.kind == "sessions":
            shown = resource_of(Session)
            if shown is not None and member.can(shown.view_permission):
                sessions = Session.objects.filter(code__in=group.what.sessions).order_by("code")
                return [(session.code, shown.detail_url(session)) for session in sessions]
        if group.what.kind in {"payment_time", "line", "no_product"} and member.can("sales.import"):
            return [(_("Go there"), reverse("console:sales-upload"))]
        return []


class Mend(Desk):
    """Mend one cause; a job matches the open months again, and the desk shows it and how many lines followed.

    A cause that is mended elsewhere is said to be mended: only the job follows.
    """

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(DESK))

    def post(self, request: HttpRequest) -> HttpResponse:
        reason, cause = request.POST.get("reason", ""), request.POST.get("cause", "")
        group = next((one for one in desk.groups() if (one.reason, one.cause) == (reason, cause)), None)
        if group is None:
            messages.info(request, _("This cause has been mended already."))
            return HttpResponseRedirect(reverse(DESK))
        if not request.member.can(MENDINGS[group.what.kind].permission):  # type: ignore[attr-defined]
            raise PermissionDenied
        actor: Any = request.user
        form = mending_form(group, request.POST)
        if form is None:
            if group.what.kind not in ELSEWHERE:
                raise Http404
            return self.follow(mending.start(actor=actor, reason=reason, cause=cause))
        if not form.is_valid():
            return self.answer((group, form), 422)
        try:
            with transaction.atomic():
                job = mend(actor, group, form.cleaned_data)
        except DomainError as error:
            name = error.field if error.field in form.fields else None
            form.add_error(name, capfirst(str(error)))
            return self.answer((group, form), 422)
        return self.follow(job)


def mend(actor: Any, group: Group, data: dict[str, Any]) -> Job:
    """Write what the form of an account or a product says, and have the lines matched again; returns that job.

    Call it in a transaction. Raises DomainError for what cannot be written.
    """
    if group.what.kind == "account":
        account, _outcome = account_save(
            actor=actor,
            anchor=data["anchor"],
            platform=group.what.platform,
            account_id=group.what.account,
            starts_on=data["starts_on"],
            ends_on=free_until(group.what.platform, group.what.account, data["starts_on"]) or KEEP,
            collected_by=data["collected_by"],
        )
        answer = f"{account.anchor} · {account.starts_on}"
        if account.ends_on is not None:
            answer += f" – {account.ends_on}"
    else:
        sku: Sku = data["sku"]
        products: dict[str, list[str]] = {group.what.platform: []}
        for product in sku.products.order_by("platform", "product_id"):
            products.setdefault(product.platform, []).append(product.product_id)
        products[group.what.platform].append(group.what.product)
        sku_products_save(actor=actor, sku=sku, products=products)
        answer = str(sku)
    return mending.start(actor=actor, reason=group.reason, cause=group.cause, answer=answer)


class Matching(ConsoleView):
    """The job's fragment on the desk; when it has ended, the page loads again with what came of it."""

    permission = "sales.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = get_object_or_404(Job, kind=mending.KIND, pk=pk)
        return job_fragment(self, "console/sales/_matching.html", job)


class GroupLines(ConsoleView):
    """The lines of one cause."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        reason, cause = request.GET.get("reason", ""), request.GET.get("cause", "")
        group = next((one for one in desk.groups() if (one.reason, one.cause) == (reason, cause)), None)
        if group is None:
            return HttpResponseRedirect(reverse(DESK))
        page = keyset_page(desk.members(reason, cause), by="id", at=request.GET.get("at", ""))
        context = {
            "title": Desk.name(group),
            "crumbs": [(_("Unmatched money"), reverse(DESK))],
            "group": group,
            "page": page,
        }
        return self.page("console/sales/unmatched_lines.html", context)


def _platform(code: str) -> str:
    from mcn.core.platforms import Platform

    return str(dict(Platform.choices).get(code, code))
