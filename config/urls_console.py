"""Addresses inside `/a/<slug>/`, the agency's own site; the middleware has taken the prefix off."""

from django.urls import include, path

urlpatterns = [
    path("", include("mcn.console.urls")),
    path("api/v1/", include("mcn.api.urls")),
]
