"""What is advanced to payees and held of them, against the books."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mcn.console.views import ConsoleView
from mcn.settlements import advances

SUMS = ("paid", "recouped", "repaid", "in_draft", "outstanding", "posted", "deposits")


class AdvancesOutstanding(ConsoleView):
    """By payee: paid, taken back, outstanding, in the books; and deposits held."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = advances.by_payee()
        context = {
            "title": _("Advances outstanding"),
            "rows": rows,
            "agrees": all(row.agrees for row in rows),
            "total": {name: sum(getattr(row, name) for row in rows) for name in SUMS},
        }
        return self.page("console/settlement/advances.html", context)
