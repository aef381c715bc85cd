"""The books: whether they balance, the trial balance, accounts by payee, and every posting."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mcn.console.generic.keyset import keyset_page
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.settlements.ledger import balances
from mcn.settlements.ledger.books import Check, MonthChecks, agency_checks, month_checks
from mcn.settlements.ledger.posting import post_closed_months, unposted_months
from mcn.settlements.models import Account, Posting
from mcn.settlements.statements.words import label

BOOKS = "console:books"
POSTINGS = "console:postings"
# What a check compares, and what each side is.
CHECKS: dict[str, tuple[Any, Any, Any]] = {
    "lines": (
        gettext_lazy("Shares of all lines"),
        gettext_lazy("shares of all lines"),
        gettext_lazy("earned, of all statements"),
    ),
    "sides": (gettext_lazy("Debits and credits"), gettext_lazy("all debits"), gettext_lazy("all credits")),
    "payable": (
        gettext_lazy("Net pay"),
        gettext_lazy("net pay of all statements and deposits to be given back, less what was paid"),
        gettext_lazy("payable to payees"),
    ),
    "advances": (
        gettext_lazy("Advances"),
        gettext_lazy("advances paid, less what statements recouped and deposits repaid"),
        gettext_lazy("advances in the ledger"),
    ),
    "deposits": (
        gettext_lazy("Deposits"),
        gettext_lazy("deposits received, less given back, set off and kept"),
        gettext_lazy("deposits in the ledger"),
    ),
    "instalments": (
        gettext_lazy("Debts in instalments"),
        gettext_lazy("debts agreed, less what statements took, deposits repaid and cancelled plans left"),
        gettext_lazy("instalments receivable, in the ledger"),
    ),
    "bank": (
        gettext_lazy("Bank"),
        gettext_lazy("payouts paid and advances, less deposits"),
        gettext_lazy("bank, in the ledger"),
    ),
    "files": (
        gettext_lazy("Files for the bank"),
        gettext_lazy("sums read back from the files"),
        gettext_lazy("payouts that stand in them"),
    ),
    "owed": (
        gettext_lazy("Carried forward"),
        gettext_lazy("what payees owe by their latest statements"),
        gettext_lazy("clawback receivable"),
    ),
}


class Books(ConsoleView):
    """Whether everything agrees, and what every account comes to."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        months = month_checks()
        checks = agency_checks() if months else []
        trial = balances.trial_balance()
        context = {
            "title": _("Books"),
            "agrees": all(check.agrees for check in checks) and all(month.agrees for month in months),
            "checks": [self.told(check) for check in checks],
            "months": [self.month(one) for one in months],
            "trial": [(row, _side(row.balance)) for row in trial],
            "debit": sum(row.debit for row in trial),
            "credit": sum(row.credit for row in trial),
            "unposted": [formats.period(code) for code in unposted_months()],
            "may_post": request.member.can(PostMonths.change_permission),  # type: ignore[attr-defined]
        }
        return self.page("console/settlement/books.html", context)

    @staticmethod
    def told(check: Check) -> dict[str, Any]:
        """A check in words: what is compared, both sides, and how they differ."""
        if check.what in CHECKS:
            title, left, right = CHECKS[check.what]
        else:
            title = label(check.what)
            left, right = _("of all statements"), _("in the ledger")
        differs = ""
        if check.payees:
            differs = ngettext("%(n)s payee differs", "%(n)s payees differ", check.payees) % {"n": check.payees}
        return {"check": check, "title": title, "left": left, "right": right, "differs": differs}

    @classmethod
    def month(cls, one: MonthChecks) -> dict[str, Any]:
        wrong = [cls.told(check) for check in one.checks if not check.agrees]
        by_name = {check.what: check for check in one.checks}
        return {"one": one, "wrong": wrong, "earned": by_name["lines"].right, "net_pay": by_name["net_pay_fen"].left}


def _side(balance: int) -> Any:
    """On which side a balance stands."""
    return _("debit") if balance > 0 else _("credit") if balance < 0 else ""


class PostMonths(ConsoleView):
    """Bring months into the books that were closed before there were any. POST only."""

    permission = "settlements.view"
    change_permission = "settlements.close"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(BOOKS))

    def post(self, request: HttpRequest) -> HttpResponse:
        made = post_closed_months(actor=request.user)  # type: ignore[arg-type]
        if made:
            months = ngettext("%(n)s month is in the books now.", "%(n)s months are in the books now.", len(made))
            messages.success(request, months % {"n": len(made)})
        return HttpResponseRedirect(reverse(BOOKS))


class AccountPage(ConsoleView):
    """What one account holds of each payee."""

    permission = "settlements.view"

    def get(self, request: HttpRequest, account: str) -> HttpResponse:
        if account not in Account.values:
            raise Http404
        rows = balances.by_payee(Account(account))
        context = {
            "title": Account(account).label,
            "crumbs": [(_("Books"), reverse(BOOKS))],
            "rows": [(row, _side(row.balance)) for row in rows],
            "debit": sum(row.debit for row in rows),
            "credit": sum(row.credit for row in rows),
            "size": abs(sum(row.balance for row in rows)),
            "side": _side(sum(row.balance for row in rows)),
        }
        return self.page("console/settlement/account.html", context)


class Postings(ConsoleView):
    """Every posting, the latest first."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = keyset_page(balances.postings(), by="number", at=request.GET.get("at", ""))
        context = {
            "title": _("Postings"),
            "crumbs": [(_("Books"), reverse(BOOKS))],
            "page": page,
            "rows": [(row, about(row)) for row in page.rows],
        }
        return self.page("console/settlement/postings.html", context)


class PostingPage(ConsoleView):
    """One posting with both its sides."""

    permission = "settlements.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        posting = balances.posting(pk)
        if posting is None:
            raise Http404
        reversed_by = posting.reversals.first()
        context = {
            "title": _("Posting %(number)s") % {"number": posting.number},
            "crumbs": [(_("Books"), reverse(BOOKS)), (_("Postings"), reverse(POSTINGS))],
            "posting": posting,
            "about": about(posting),
            "reversed_by": reversed_by,
            "entries": balances.entries_of(posting),
        }
        return self.page("console/settlement/posting.html", context)


def about(posting: Posting) -> str:
    """What a posting is of: its month, its advance, its deposit, or the posting that it reverses."""
    if posting.reverses is not None:
        return _("Posting %(number)s") % {"number": posting.reverses.number}
    if posting.period is not None:
        return formats.period(posting.period.code)
    if posting.deposit_move is not None:
        deposit = posting.deposit_move.deposit
        return f"{deposit.payee.name} · {deposit.code} · {posting.deposit_move.get_kind_display()}"
    if posting.plan is not None:
        return f"{posting.plan.payee.name} · {posting.plan.code}"
    return f"{posting.advance.payee.name} · {posting.advance.code}" if posting.advance is not None else ""
