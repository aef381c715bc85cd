"""Addresses of the anchor's pages, inside `/me/<slug>/`."""

from django.urls import URLPattern, URLResolver, path, re_path

from mcn.portal import disputes, views

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.Earnings.as_view(), name="earnings"),
    re_path(r"^months/(?P<period>\d{4}-\d{2})/$", views.Month.as_view(), name="month"),
    re_path(r"^months/(?P<period>\d{4}-\d{2})/pdf/$", views.StatementPdf.as_view(), name="statement-pdf"),
    re_path(r"^months/(?P<period>\d{4}-\d{2})/xlsx/$", views.StatementXlsx.as_view(), name="statement-xlsx"),
    re_path(
        r"^months/(?P<period>\d{4}-\d{2})/xlsx/order/$",
        views.StatementXlsxOrder.as_view(),
        name="statement-xlsx-order",
    ),
    re_path(r"^months/(?P<period>\d{4}-\d{2})/compared/$", views.Compared.as_view(), name="compared"),
    re_path(r"^months/(?P<period>\d{4}-\d{2})/lines/$", views.Lines.as_view(), name="lines"),
    re_path(r"^months/(?P<period>\d{4}-\d{2})/dispute/$", disputes.DisputeMonth.as_view(), name="dispute-month"),
    path("lines/<int:pk>/dispute/", disputes.DisputeLine.as_view(), name="line-dispute"),
    path("disputes/<int:pk>/", disputes.DisputePage.as_view(), name="dispute"),
    path("disputes/<int:pk>/file/", disputes.DisputeFile.as_view(), name="dispute-file"),
    path("lines/<int:pk>/", views.Line.as_view(), name="line"),
    path("advances/", views.Advances.as_view(), name="advances"),
    path("contract/", views.ContractInForce.as_view(), name="contract"),
    path("estimate/", views.Estimator.as_view(), name="estimate"),
    path("me/", views.Me.as_view(), name="me"),
]
