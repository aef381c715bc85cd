"""All addresses of the product."""

from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz
from mcn.console import entrance

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entrance.start, name="start"),
    path("join/<slug:slug>/<str:token>/", entrance.join, name="join"),
    path("healthz", healthz),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
