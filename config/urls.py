"""All addresses of the product."""

from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz
from mcn.console import entrance
from mcn.ops.site import site as operator_site

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entrance.start, name="start"),
    path("join/<slug:slug>/<str:token>/", entrance.join, name="join"),
    path("healthz", healthz),
    path("accounts/", include("allauth.urls")),
    path("ops/", operator_site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
