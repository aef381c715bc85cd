"""Addresses of trials of other terms; contracts themselves are a resource."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.contracts import whatif
from mcn.settlements.whatif.job import PERMISSION

navigation.add("anchors", navigation.Item(_("What-if"), "console:what-ifs", PERMISSION, 25))

urlpatterns = [
    path("what-if/", whatif.WhatIfs.as_view(), name="what-ifs"),
    path("what-if/ghosts/<int:pk>/", whatif.Ghost.as_view(), name="ghost"),
    path("what-if/ghosts/<int:pk>/end/", whatif.EndGhost.as_view(), name="ghost-end"),
    path("what-if/<int:pk>/keep/", whatif.KeepGhost.as_view(), name="what-if-keep"),
    path("what-if/<int:pk>/", whatif.WhatIf.as_view(), name="what-if"),
    path("what-if/<int:pk>/progress/", whatif.Progress.as_view(), name="what-if-progress"),
]
