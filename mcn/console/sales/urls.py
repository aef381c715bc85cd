"""Addresses of the sales pages."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.sales import bills, imports, lines, reconciliation, tracks, unmatched

navigation.add("sales", navigation.Item(_("Bring in files"), "console:sales-upload", "sales.import", 10))
navigation.add("sales", navigation.Item(_("Imports"), "console:sales-imports", "sales.view", 20))
navigation.add("sales", navigation.Item(_("Unmatched money"), "console:sales-unmatched", "sales.view", 30))
navigation.add("sales", navigation.Item(_("Order lines"), "console:sales-lines", "sales.view", 40))
navigation.add("sales", navigation.Item(_("Reconciliation"), "console:sales-reconciliation", "sales.view", 50))
navigation.add("sales", navigation.Item(_("Estimated and settled"), "console:sales-tracks", "sales.view", 60))

urlpatterns = [
    path("sales/upload/", imports.Upload.as_view(), name="sales-upload"),
    path("sales/imports/", imports.ImportList.as_view(), name="sales-imports"),
    path("sales/imports/<int:pk>/", imports.ImportDetail.as_view(), name="sales-import"),
    path("sales/imports/<int:pk>/progress/", imports.ImportProgress.as_view(), name="sales-import-progress"),
    path("sales/imports/<int:pk>/file/", imports.ImportFile.as_view(), name="sales-import-file"),
    path("sales/imports/<int:pk>/rejected/", imports.RejectedRows.as_view(), name="sales-import-rejected"),
    path("sales/lines/", lines.LineList.as_view(), name="sales-lines"),
    path("sales/lines/<int:pk>/", lines.LineDetail.as_view(), name="sales-line"),
    path("sales/unmatched/", unmatched.Desk.as_view(), name="sales-unmatched"),
    path("sales/unmatched/mend/", unmatched.Mend.as_view(), name="sales-unmatched-mend"),
    path("sales/unmatched/jobs/<int:pk>/", unmatched.Matching.as_view(), name="sales-unmatched-job"),
    path("sales/unmatched/lines/", unmatched.GroupLines.as_view(), name="sales-unmatched-lines"),
    path("sales/tracks/", tracks.Tracks.as_view(), name="sales-tracks"),
    path("sales/reconciliation/", reconciliation.Reconciliation.as_view(), name="sales-reconciliation"),
    path("sales/reconciliation/day/", reconciliation.SettledDay.as_view(), name="sales-settled"),
    path("sales/reconciliation/bills/", bills.Bill.as_view(), name="sales-bill"),
    path("sales/reconciliation/bills/upload/", bills.BillUpload.as_view(), name="sales-bill-upload"),
    path("sales/reconciliation/bills/template/", bills.BillTemplate.as_view(), name="sales-bill-template"),
    path("sales/reconciliation/bills/<int:pk>/withdraw/", bills.BillWithdraw.as_view(), name="sales-bill-withdraw"),
]
