"""Addresses of months, statements and shares."""

from django.urls import path, register_converter
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.settlement import (
    advances,
    corrections,
    disputes,
    exposure,
    former,
    holds,
    invoices,
    ledger,
    months,
    reports,
    statements,
    tax,
    vouchers,
)


class MonthConverter:
    """A month in an address: 2026-07."""

    regex = r"\d{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(MonthConverter, "month")
navigation.add("settlement", navigation.Item(_("Months"), "console:months", "settlements.view", 10))
navigation.add("settlement", navigation.Item(_("Monthly reports"), "console:reports", "settlements.view", 15))
navigation.add("settlement", navigation.Item(_("Refund exposure"), "console:exposure", "settlements.view", 20))
navigation.add("finance", navigation.Item(_("Tax ledger"), "console:tax-ledger", "settlements.view", 52, "tax"))
navigation.add("finance", navigation.Item(_("Invoices"), "console:invoices", "invoices.view", 54, "tax"))
navigation.add("settlement", navigation.Item(_("Disputes"), "console:disputes", "disputes.view", 30))
navigation.add("settlement", navigation.Item(_("Corrections"), "console:corrections", "settlements.view", 35))
navigation.add("finance", navigation.Item(_("Holds"), "console:holds", "settlements.view", 20, "paying"))
navigation.add(
    "finance",
    navigation.Item(_("Advances outstanding"), "console:advances-outstanding", "settlements.view", 41, "advances"),
)
navigation.add("finance", navigation.Item(_("Books"), "console:books", "settlements.view", 60, "books"))
navigation.add("finance", navigation.Item(_("Vouchers"), "console:vouchers", "settlements.view", 70, "books"))
navigation.add(
    "finance", navigation.Item(_("Subjects of vouchers"), "console:vouchers-subjects", "settlements.view", 71, "books")
)

urlpatterns = [
    path("reports/", reports.Reports.as_view(), name="reports"),
    path("reports/order/", reports.OrderReport.as_view(), name="reports-order"),
    path("reports/sum/", reports.SumUp.as_view(), name="reports-sum"),
    path("reports/schedule/", reports.Schedule.as_view(), name="reports-schedule"),
    path("exposure/", exposure.ExposurePage.as_view(), name="exposure"),
    path("exposure/progress/", exposure.Progress.as_view(), name="exposure-progress"),
    path("exposure/sum/", exposure.SumUp.as_view(), name="exposure-sum"),
    path("disputes/", disputes.Disputes.as_view(), name="disputes"),
    path("disputes/<int:pk>/", disputes.DisputePage.as_view(), name="dispute"),
    path("disputes/<int:pk>/accept/", disputes.DisputeAccept.as_view(), name="dispute-accept"),
    path("disputes/<int:pk>/reject/", disputes.DisputeReject.as_view(), name="dispute-reject"),
    path("disputes/<int:pk>/file/", disputes.DisputeFile.as_view(), name="dispute-file"),
    path("corrections/", corrections.Corrections.as_view(), name="corrections"),
    path("corrections/new/", corrections.CorrectionNew.as_view(), name="correction-new"),
    path("corrections/<int:pk>/", corrections.CorrectionPage.as_view(), name="correction"),
    path("corrections/<int:pk>/approve/", corrections.CorrectionApprove.as_view(), name="correction-approve"),
    path("corrections/<int:pk>/reject/", corrections.CorrectionReject.as_view(), name="correction-reject"),
    path("corrections/<int:pk>/file/", corrections.CorrectionFile.as_view(), name="correction-file"),
    path("holds/", holds.Holds.as_view(), name="holds"),
    path("holds/new/", holds.HoldNew.as_view(), name="hold-new"),
    path("holds/<int:pk>/", holds.HoldPage.as_view(), name="hold"),
    path("books/", ledger.Books.as_view(), name="books"),
    path("books/post/", ledger.PostMonths.as_view(), name="books-post"),
    path("books/accounts/<slug:account>/", ledger.AccountPage.as_view(), name="books-account"),
    path("books/postings/", ledger.Postings.as_view(), name="postings"),
    path("books/postings/<int:pk>/", ledger.PostingPage.as_view(), name="posting"),
    path("vouchers/", vouchers.Vouchers.as_view(), name="vouchers"),
    path("vouchers/export/", vouchers.VoucherExport.as_view(), name="vouchers-export"),
    path("vouchers/subjects/", vouchers.Subjects.as_view(), name="vouchers-subjects"),
    path("advances-outstanding/", advances.AdvancesOutstanding.as_view(), name="advances-outstanding"),
    path("tax/", tax.TaxLedger.as_view(), name="tax-ledger"),
    path("tax/<month:code>/<int:pk>/", tax.TaxPerson.as_view(), name="tax-person"),
    path("invoices/", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/new/", invoices.InvoiceNew.as_view(), name="invoice-new"),
    path("invoices/<int:pk>/", invoices.InvoicePage.as_view(), name="invoice"),
    path("invoices/<int:pk>/cancel/", invoices.InvoiceCancel.as_view(), name="invoice-cancel"),
    path("invoices/<int:pk>/file/", invoices.InvoiceFile.as_view(), name="invoice-file"),
    path("months/", months.MonthList.as_view(), name="months"),
    path("months/<month:code>/", months.Cockpit.as_view(), name="month"),
    path("months/<month:code>/calculate/", months.Calculate.as_view(), name="month-calculate"),
    path("months/<month:code>/submit/", months.Submit.as_view(), name="month-submit"),
    path("months/<month:code>/approve/", months.Approve.as_view(), name="month-approve"),
    path("months/<month:code>/send-back/", months.SendBack.as_view(), name="month-send-back"),
    path("months/<month:code>/close/", months.Close.as_view(), name="month-close"),
    path("months/<month:code>/verify/", months.Verify.as_view(), name="month-verify"),
    path("months/<month:code>/proof-pack/", months.ProofPack.as_view(), name="month-proof-pack"),
    path("months/<month:code>/changes/", former.MonthChanges.as_view(), name="month-changes"),
    path(
        "months/<month:code>/statements/<int:pk>/changes/", former.StatementChanges.as_view(), name="statement-changes"
    ),
    path("months/<month:code>/progress/", months.Progress.as_view(), name="month-progress"),
    path("months/<month:code>/statements/<int:pk>/", statements.StatementPage.as_view(), name="statement"),
    path("months/<month:code>/statements/<int:pk>/pdf/", statements.StatementPdf.as_view(), name="statement-pdf"),
    path("months/<month:code>/statements/<int:pk>/xlsx/", statements.StatementXlsx.as_view(), name="statement-xlsx"),
    path(
        "months/<month:code>/statements/<int:pk>/xlsx/order/",
        statements.StatementXlsxOrder.as_view(),
        name="statement-xlsx-order",
    ),
    path("months/<month:code>/buckets/<int:pk>/", statements.BucketPage.as_view(), name="bucket"),
    path("months/shares/<int:pk>/", statements.ShareExplanation.as_view(), name="share"),
]
