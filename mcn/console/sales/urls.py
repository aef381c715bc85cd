"""Addresses of the sales pages."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.sales import (
    bills,
    connections,
    decisions,
    imports,
    line,
    lines,
    mapping_file,
    mappings,
    reconciliation,
    several,
    tracks,
    unmatched,
)

navigation.add("sales", navigation.Item(_("Bring in files"), "console:sales-upload", "sales.import", 10))
navigation.add("sales", navigation.Item(_("Imports"), "console:sales-imports", "sales.view", 20))
navigation.add("sales", navigation.Item(_("Connections"), "console:sales-connections", "sales.view", 25))
navigation.add("sales", navigation.Item(_("Unmatched money"), "console:sales-unmatched", "sales.view", 30))
navigation.add("sales", navigation.Item(_("Order lines"), "console:sales-lines", "sales.view", 40))
navigation.add("sales", navigation.Item(_("Reconciliation"), "console:sales-reconciliation", "sales.view", 50))
navigation.add("sales", navigation.Item(_("Estimated and settled"), "console:sales-tracks", "sales.view", 60))
navigation.add("sales", navigation.Item(_("Column mappings"), "console:sales-mappings", "sales.view", 70))

urlpatterns = [
    path("sales/upload/", imports.Upload.as_view(), name="sales-upload"),
    path("sales/imports/", imports.ImportList.as_view(), name="sales-imports"),
    path("sales/imports/<int:pk>/", imports.ImportDetail.as_view(), name="sales-import"),
    path("sales/imports/<int:pk>/progress/", imports.ImportProgress.as_view(), name="sales-import-progress"),
    path("sales/imports/<int:pk>/file/", imports.ImportFile.as_view(), name="sales-import-file"),
    path("sales/imports/<int:pk>/rejected/", imports.RejectedRows.as_view(), name="sales-import-rejected"),
    path("sales/mappings/", mappings.MappingList.as_view(), name="sales-mappings"),
    path("sales/mappings/<int:pk>/", mappings.MappingDetail.as_view(), name="sales-mapping"),
    path("sales/mappings/<int:pk>/state/", mappings.MappingState.as_view(), name="sales-mapping-state"),
    path("sales/mappings/files/new/", mappings.FileToMap.as_view(), name="sales-mapping-upload"),
    path("sales/mappings/files/<int:pk>/", mapping_file.MapFile.as_view(), name="sales-mapping-file"),
    path("sales/mappings/files/<int:pk>/remove/", mappings.RemoveFile.as_view(), name="sales-mapping-file-remove"),
    path("sales/connections/", connections.ConnectionList.as_view(), name="sales-connections"),
    path("sales/connections/new/", connections.NewConnection.as_view(), name="sales-connection-new"),
    path("sales/connections/<int:pk>/", connections.ConnectionDetail.as_view(), name="sales-connection"),
    path(
        "sales/connections/<int:pk>/progress/",
        connections.ConnectionProgress.as_view(),
        name="sales-connection-progress",
    ),
    path("sales/connections/<int:pk>/edit/", connections.EditConnection.as_view(), name="sales-connection-edit"),
    path("sales/connections/<int:pk>/pull/", connections.PullNow.as_view(), name="sales-connection-pull"),
    path("sales/connections/<int:pk>/pause/", connections.PauseConnection.as_view(), name="sales-connection-pause"),
    path("sales/connections/<int:pk>/end/", connections.EndConnection.as_view(), name="sales-connection-end"),
    path("sales/imports/<int:pk>/take-in/", decisions.TakeIn.as_view(), name="sales-import-take-in"),
    path("sales/imports/<int:pk>/drop/", decisions.Drop.as_view(), name="sales-import-drop"),
    path("sales/lines/", lines.LineList.as_view(), name="sales-lines"),
    path("sales/lines/<int:pk>/", line.LineDetail.as_view(), name="sales-line"),
    path("sales/unmatched/", unmatched.Desk.as_view(), name="sales-unmatched"),
    path("sales/unmatched/mend/", unmatched.Mend.as_view(), name="sales-unmatched-mend"),
    path("sales/unmatched/several/", several.Several.as_view(), name="sales-unmatched-several"),
    path("sales/unmatched/mended/", several.Mended.as_view(), name="sales-unmatched-mended"),
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
