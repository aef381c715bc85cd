"""The address of the start page."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.home.views import Home

navigation.add("home", navigation.Item(_("Home"), "console:home", "home.view"))

urlpatterns = [path("", Home.as_view(), name="home")]
