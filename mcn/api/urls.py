"""Addresses of the API, inside `/a/<slug>/api/v1/`."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from mcn.api.views.anchors import Anchors, Contracts
from mcn.api.views.description import Documentation, Index, Nothing, Schema
from mcn.api.views.jobs import Jobs
from mcn.api.views.sales import EarningEvents, Imports, OrderLines, UnmatchedMoney
from mcn.api.views.settlements import Periods, StatementLines, Statements

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("anchors", Anchors, basename="anchor")
router.register("contracts", Contracts, basename="contract")
router.register("imports", Imports, basename="import")
router.register("order-lines", OrderLines, basename="order-line")
router.register("earning-events", EarningEvents, basename="earning-event")
router.register("unmatched", UnmatchedMoney, basename="unmatched")
router.register("periods", Periods, basename="period")
router.register("statements", Statements, basename="statement")
router.register("jobs", Jobs, basename="job")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", Index.as_view(lists=router.registry), name="index"),
    path("statements/<int:statement_id>/lines/", StatementLines.as_view(), name="statement-lines"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Documentation.as_view(), name="docs"),
    path("", include(router.urls)),
    re_path(r"^.*$", Nothing.as_view()),
]
