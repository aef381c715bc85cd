"""Vouchers for the accounting programme: those of a month and their files, and the subjects of accounts."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.console.jobs.views import may_download
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.errors import DomainError
from mcn.core.periods import Period as Month
from mcn.settlements import overview
from mcn.settlements.exports import DOCUMENTS, FORMATS, LABELS
from mcn.settlements.exports import jobs as exports
from mcn.settlements.exports import vouchers as voucher_exports
from mcn.settlements.exports.services import PERMISSIONS
from mcn.settlements.models import Account, VoucherSettings, VoucherSubject
from mcn.settlements.models.vouchers import Auxiliary
from mcn.settlements.vouchers import making
from mcn.settlements.vouchers.services import PERMISSION, subjects_save
from mcn.settlements.vouchers.subjects import Head, Subject, head, subjects

PAGE = "console:vouchers"
A_PAGE = 20
FIELDS = ("code", "name", "auxiliary")  # of a subject


def files() -> dict[str, tuple[str, str]]:
    """Every file that a month's vouchers can be had as: its name, with the kind of export and the format."""
    own = [(kind, form) for kind in voucher_exports.FILES for form in DOCUMENTS[kind].forms]
    return {f"{kind}.{form}": (kind, form) for kind, form in [*own, *((voucher_exports.TABLE, f) for f in FORMATS)]}


class Vouchers(ConsoleView):
    """The vouchers of a month, what of them was exported and when, and the files to be had."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        posted = making.months()
        months = sorted({*posted, *(period.code for period in overview.months())}, reverse=True)
        asked = request.GET.get("month", "")
        code = asked if asked in months else next(iter([*posted, *months]), "")
        found = making.vouchers_of(Month.parse(code)) if code else []
        made = voucher_exports.made(code)
        exported = max((one.vouchers for one in made), default=0)
        member = request.member  # type: ignore[attr-defined]
        context = {
            "title": _("Vouchers"),
            "months": months,
            "month": code,
            "vouchers": found,
            "amount": sum(voucher.amount for voucher in found),
            "exported": exported,
            "waiting": max(len(found) - exported, 0),
            "made": [
                (one, formats.listed(LABELS[kind] for kind in one.what), may_download(member, one.job)) for one in made
            ],
            "files": [(name, f"{LABELS[kind]} · {form}") for name, (kind, form) in files().items()],
            "may_export": all(member.can(permission) for permission in PERMISSIONS),
            **self.shown(found, request.GET.get("from", "")),
        }
        return self.page("console/settlement/vouchers.html", context)

    @staticmethod
    def shown(found: list[making.Voucher], start: str) -> dict[str, Any]:
        """One page of the vouchers, from a number on, and where the pages before and after begin."""
        first = int(start) if start.isascii() and start.isdecimal() and len(start) < 9 else 1
        first = first if 1 <= first <= len(found) else 1
        following = first + A_PAGE
        return {
            "shown": found[first - 1 : following - 1],
            "before": max(first - A_PAGE, 1) if first > 1 else None,
            "after": following if following <= len(found) else None,
        }


class VoucherExport(ConsoleView):
    """Have one file of a month's vouchers made by a worker. POST only."""

    permission = "settlements.view"
    change_permission = "exports.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE))

    def post(self, request: HttpRequest) -> HttpResponse:
        kind, form = files().get(request.POST.get("file", ""), ("", ""))
        try:
            job = exports.start(
                actor=request.user,  # type: ignore[arg-type]
                period=request.POST.get("month", ""),
                what=[kind],
                formats=[form] if form in FORMATS else [],
            )
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(PAGE))
        return HttpResponseRedirect(reverse("console:job", args=[job.pk]))


def _field(model: type, name: str, **options: Any) -> forms.CharField:
    field = model._meta.get_field(name)  # type: ignore[attr-defined]
    return forms.CharField(label=capfirst(field.verbose_name), max_length=field.max_length, strip=False, **options)


class SubjectsForm(forms.Form):
    """Word, preparer, and for each account of the ledger a subject; what may stand where the service knows."""

    word = _field(
        VoucherSettings, "word", help_text=gettext_lazy("As the accounting programme has it, such as 记 or 转.")
    )
    preparer = _field(
        VoucherSettings,
        "preparer",
        help_text=gettext_lazy("The name by which the accounting programme knows who prepares vouchers."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for account in Account:
            for name in ("code", "name"):
                self.fields[f"{name}_{account.value}"] = _field(VoucherSubject, name)
            self.fields[f"auxiliary_{account.value}"] = forms.ChoiceField(
                label=capfirst(VoucherSubject._meta.get_field("auxiliary").verbose_name),
                choices=Auxiliary.choices,
            )

    @staticmethod
    def initial_of(known_head: Head, known: dict[Account, Subject]) -> dict[str, Any]:
        """What the fields hold of the mapping as it stands."""
        values: dict[str, Any] = {"word": known_head.word, "preparer": known_head.preparer}
        for account, subject in known.items():
            for name in FIELDS:
                values[f"{name}_{account.value}"] = getattr(subject, name)
        return values

    def rows(self) -> list[tuple[Account, list[Any]]]:
        """Each account with its fields."""
        return [(account, [self[f"{name}_{account.value}"] for name in FIELDS]) for account in Account]

    def headings(self) -> list[Any]:
        """What the fields of an account are called."""
        return [capfirst(VoucherSubject._meta.get_field(name).verbose_name) for name in FIELDS]  # type: ignore[union-attr]

    def subjects(self) -> dict[Account, Subject]:
        """The mapping that was typed."""
        data = self.cleaned_data
        return {
            account: Subject(
                data[f"code_{account.value}"],
                data[f"name_{account.value}"],
                Auxiliary(data[f"auxiliary_{account.value}"]),
            )
            for account in Account
        }


class Subjects(ConsoleView):
    """The subjects that the accounts of the ledger stand for, shown to whoever sees settlements."""

    permission = "settlements.view"
    change_permission = PERMISSION

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(SubjectsForm(initial=SubjectsForm.initial_of(head(), subjects())))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SubjectsForm(request.POST)
        if not form.is_valid():
            return self.answer(form, 422)
        data = form.cleaned_data
        try:
            changed = subjects_save(
                actor=request.user,  # type: ignore[arg-type]
                given_head=Head(data["word"], data["preparer"]),
                given=form.subjects(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(form, 422)
        if changed:
            messages.success(request, _("The subjects have been saved. Files made from now on have them."))
        else:
            messages.info(request, _("Nothing has changed."))
        return HttpResponseRedirect(request.path)

    def answer(self, form: SubjectsForm, status: int = 200) -> HttpResponse:
        may_change = self.request.member.can(PERMISSION)  # type: ignore[attr-defined]
        if not may_change:
            for field in form.fields.values():
                field.disabled = True
        context = {
            "title": _("Subjects of vouchers"),
            "crumbs": [(_("Vouchers"), reverse(PAGE))],
            "form": form,
            "may_change": may_change,
        }
        return self.page("console/settlement/subjects.html", context, status)
