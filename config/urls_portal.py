"""Addresses inside `/me/<slug>/`, the anchors' pages of one agency; the middleware has taken the prefix off."""

from django.urls import include, path

urlpatterns = [path("", include("mcn.portal.urls"))]
