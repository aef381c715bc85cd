"""All addresses of the product."""

from django.http import Http404
from django.urls import URLPattern, URLResolver, include, path
from django.views.defaults import page_not_found

from config.health import healthz
from mcn.console import entrance
from mcn.ops.site import site as operator_site
from mcn.portal.genuine import Genuine

handler500 = "config.faults.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", entrance.start, name="start"),
    path("join/<slug:slug>/", entrance.join, name="join-signed-in"),
    path("join/<slug:slug>/<str:token>/", entrance.join, name="join"),
    path("verify/", Genuine.as_view(), name="verify-statement"),
    path("healthz", healthz),
    # An e-mail names a person in every agency and is proved by an invitation: nobody types themselves another one.
    path("accounts/email/", page_not_found, {"exception": Http404()}),
    path("accounts/", include("allauth.urls")),
    path("ops/", operator_site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
