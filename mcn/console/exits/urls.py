"""Addresses of exits."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.exits import pages

navigation.add("anchors", navigation.Item(_("Exits"), "console:exits", "exits.view", 25))

urlpatterns = [
    path("exits/", pages.Exits.as_view(), name="exits"),
    path("exits/new/", pages.ExitNew.as_view(), name="exit-new"),
    path("exits/<int:pk>/", pages.ExitPage.as_view(), name="exit"),
    path("exits/<int:pk>/settle/", pages.ExitSettle.as_view(), name="exit-settle"),
    path("exits/<int:pk>/paper/", pages.ExitPaper.as_view(), name="exit-paper"),
]
