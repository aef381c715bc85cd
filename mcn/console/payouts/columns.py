"""The columns of an agency's own kind of bank file: typed, or taken over from the bank's template."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.console.uploads import on_disk
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.sales.reading.named import open_tables
from mcn.settlements.models import PayingAccount
from mcn.settlements.payouts.accounts import columns_save
from mcn.settlements.payouts.forms import SOURCES
from mcn.settlements.payouts.forms.columns import BUILT_IN

MOST_COLUMNS = 60
SPARE_ROWS = 3
LARGEST_BYTES = 4 << 20
# What a bank calls a column tells what it holds: the built-in forms know most of the names.
KNOWN = {column.header: column.source for form in BUILT_IN.values() for column in form.columns if column.source} | {
    "账号": "account",
    "收款账户": "account",
    "户名": "holder",
    "收方名称": "holder",
    "收款方名称": "holder",
    "收款方账号": "account",
    "收款方开户行名称": "bank",
    "收款行联行号": "cnaps",
    "收款账号省份": "province",
    "收款账号地市": "city",
    "附言": "purpose",
    "附言/用途": "purpose",
    "付款账号": "payer",
    "付款方账号": "payer",
    "付款方户名": "payer_holder",
    "交易金额": "amount",
    "币种": "currency",
}


class Columns(ConsoleView):
    """One row a column: its header, what it holds, or the same text in every row."""

    permission = "payouts.change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = get_object_or_404(PayingAccount, pk=pk)
        return self.answer(account, list(account.columns))

    def answer(
        self, account: PayingAccount, columns: list[dict[str, str]], error: str = "", status: int = 200
    ) -> HttpResponse:
        rows = [*columns, *({} for _spare in range(SPARE_ROWS))][:MOST_COLUMNS]
        context = {
            "title": _("Columns of the file"),
            "crumbs": [
                (_("Paying accounts"), reverse("console:paying-accounts")),
                (account.name, reverse("console:paying-accounts-detail", args=[account.pk])),
            ],
            "account": account,
            "rows": rows,
            "sources": list(SOURCES.items()),
            "error": error,
        }
        return self.page("console/payouts/columns.html", context, status)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = get_object_or_404(PayingAccount, pk=pk)
        template = request.FILES.get("template")
        try:
            if template is not None:
                return self.answer(account, self.guessed(template))
            columns = self.typed()
            columns_save(actor=request.user, account=account, columns=columns)  # type: ignore[arg-type]
        except DomainError as error:
            return self.answer(account, self.typed(), str(error), 422)
        messages.success(request, _("Kept. Files of this account have %(n)s columns now.") % {"n": len(columns)})
        return HttpResponseRedirect(reverse("console:paying-accounts-detail", args=[pk]))

    def typed(self) -> list[dict[str, str]]:
        """The columns of the form; rows in which nothing was entered are no columns."""
        data = self.request.POST
        rows = zip(data.getlist("header"), data.getlist("source"), data.getlist("text"), strict=False)
        return [
            {"header": header.strip(), "source": source, "text": text.strip()}
            for header, source, text in rows
            if header.strip() or source or text.strip()
        ][:MOST_COLUMNS]

    @staticmethod
    def guessed(template: UploadedFile) -> list[dict[str, str]]:
        """The fullest row of the first lines of a bank's template, with what each column seems to hold."""
        with on_disk(template) as path:
            tables = open_tables(path, name=template.name or "", largest_bytes=LARGEST_BYTES)
            heads: list[Any] = max((row for table in tables for row in table.preview), key=_filled, default=[])
        names = [str(cell or "").strip() for cell in heads][:MOST_COLUMNS]
        return [{"header": name, "source": KNOWN.get(name.lstrip("*").strip(), "")} for name in names]


def _filled(row: Any) -> int:
    return sum(bool(str(cell or "").strip()) for cell in row)
