"""Words for a month's steps and blockers."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mcn.accounts.models import User
from mcn.console.sales.reconciliation import Chosen
from mcn.console.templatetags.figures import business_time
from mcn.core import formats
from mcn.core.periods import Period as Month
from mcn.core.platforms import Platform
from mcn.sales.models import PlatformBill
from mcn.settlements.invoicing import Reason
from mcn.settlements.models import Period
from mcn.settlements.readiness import Blocker

State = Period.State
ORDER = [State.OPEN, State.CALCULATED, State.IN_REVIEW, State.APPROVED, State.CLOSED]


def steps(
    period: Period, *, lines: int, last_day: Any, unmatched_fen: int, unmatched: int, agency: Any
) -> list[dict[str, Any]]:
    """The month's way: what is done, what is next, and whose step that is.

    A closed month says what it was closed with; its leftovers wait in the months after it.
    """
    reached = ORDER.index(State(period.state))
    closed = period.state == State.CLOSED
    nobodys_fen = (period.accepted_unmatched_fen or 0) if closed else unmatched_fen
    made: list[dict[str, Any]] = [
        {
            "title": _("Data in"),
            "text": _("orders paid until %(day)s") % {"day": f"{last_day:%Y-%m-%d}"} if last_day else _("nothing yet"),
            "state": "done" if lines else "now",
        },
        {
            "title": _("Matched"),
            "text": _("%(amount)s belongs to nobody") % {"amount": formats.money(nobodys_fen)}
            if nobodys_fen or (unmatched and not closed)
            else _("everything has an owner"),
            "state": "blocked" if unmatched and not closed else "done" if lines else "",
        },
        {"title": _("Calculated"), "text": business_time(period.calculated_at, agency), "at": 1, "who": _("Finance")},
        {"title": _("Submitted"), "text": person(period.submitted_by), "at": 2, "who": _("Finance")},
        {"title": _("Approved"), "text": person(period.approved_by), "at": 3, "who": _approver(period)},
        {"title": _("Closed"), "text": business_time(period.closed_at, agency), "at": 4, "who": _("Finance")},
    ]
    for step in made:
        if "at" in step:
            done = reached >= step["at"]
            now = reached == step["at"] - 1
            step["state"] = "done" if done else "now" if now else ""
            if not done:
                step["text"] = step["who"]
    return made


def _approver(period: Period) -> str:
    """Who approves next."""
    if period.first_approved_by is None:
        return _("a second person")
    return _("approved by %(name)s, a further person follows") % {"name": person(period.first_approved_by)}


def person(user: User | None) -> str:
    """Who did it, by name or else address; a dash where nobody did."""
    return str(user) if user else "–"


# Blockers that name payees: sentence, what to do, page.
NAMED: dict[str, tuple[Any, Any, str]] = {
    "unsigned": (
        gettext_lazy("Paid by a contract without a day of signing: %(names)s"),
        gettext_lazy("Record when it was signed, or have it signed before money is paid."),
        "console:contracts",
    ),
    "negative": (
        gettext_lazy("Below zero, nothing is paid: %(names)s"),
        gettext_lazy("What was clawed back is carried into the next month."),
        "",
    ),
    "jumps": (
        gettext_lazy("Half as much again as the month before, or less than half: %(names)s"),
        gettext_lazy("Look at these statements before they are approved. The sum is how far they moved."),
        "",
    ),
    "invoices": (
        gettext_lazy("Paid only against an invoice: %(names)s"),
        gettext_lazy("Ask for them once the month is closed: over exactly the net pay."),
        "console:invoices",
    ),
}
MOST_NAMES = 6


def few(names: list[str]) -> str:
    """The first names, and how many more there are."""
    shown = formats.listed(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    if more <= 0:
        return shown
    return ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", more) % {"names": shown, "n": more}


def blocker(found: Blocker) -> dict[str, Any]:
    """A blocker in words: text, hint, where to go."""
    values = found.values
    if found.code == "earlier_open":
        names = formats.listed(formats.period(code) for code in values["months"])
        text, hint = _("%(months)s is not closed") % {"months": names}, _("Months close in order.")
        url = reverse("console:month", args=[values["months"][0]])
    elif found.code == "unmatched":
        text = ngettext("%(n)s line belongs to nobody", "%(n)s lines belong to nobody", values["lines"])
        text = text % {"n": f"{values['lines']:,}"}
        hint = _("Mend the causes, or accept the amount when closing; it is then settled later.")
        url = reverse("console:sales-unmatched")
    elif found.code == "stale":
        text = _("Data changed after the calculation")
        hint = formats.listed(dict.fromkeys(entry.target_name for entry in values["changes"]))
        url = ""
    elif found.code == "disputes":
        text = ngettext("%(n)s open dispute", "%(n)s open disputes", values["count"]) % {"n": values["count"]}
        hint = _("What is granted after the month is closed is paid as a correction of a later one.")
        url = reverse("console:disputes")
    elif found.code == "attendance":
        text = _("A guarantee, but no attendance: %(names)s") % {"names": formats.listed(values["names"])}
        hint = _("Without valid days and hours the guarantee is not paid.")
        url = ""
    elif found.code in NAMED:
        title, why, name = NAMED[found.code]
        text, hint, url = title % {"names": few(values["names"])}, str(why), reverse(name) if name else ""
    elif found.code == "bills":
        days = ngettext(
            "A platform's bill differs on %(n)s day", "A platform's bills differ on %(n)s days", values["days"]
        )
        text = days % {"n": values["days"]}
        hint = str(PlatformBill.Measure(values["measure"]).label)
        url = Chosen(Month.parse(values["month"]), values["measure"], "", None).link()
    else:
        platform = dict(Platform.choices).get(values["platform"], values["platform"])
        text = _("Nothing from %(platform)s this month") % {"platform": platform}
        hint = _("The month before had this much GMV. Is a file missing?")
        url = reverse("console:sales-upload")
    return {"text": text, "hint": hint, "url": url, "amount_fen": found.amount_fen, "stops": found.stops}


def block_words(reason: Reason) -> str:
    """Why a payment to a sole trader or a company is blocked."""
    values = {
        "month": formats.period(reason.period),
        "number": reason.number,
        "name": reason.name,
        "amount": formats.money(reason.amount),
    }
    if reason.code == "no_account":
        return _("The payee has no bank account with a holder's name.")
    if reason.code == "other_holder":
        return _("The bank account is not in the legal name of the payee.")
    if reason.code == "other_issuer":
        text = _("%(month)s: invoice %(number)s was issued by %(name)s and counts for nothing.")
    elif reason.code == "missing":
        text = _("%(month)s: invoices over %(amount)s are missing.")
    else:
        text = _("%(month)s: the invoices are %(amount)s more than the net pay.")
    return text % values
