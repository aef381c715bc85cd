"""Addresses of the console, inside `/a/<slug>/`: workflow pages here, master data by its resources."""

from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation, resources, views
from mcn.console.generic import registry
from mcn.console.settings import urls as settings

app_name = "console"
resources.load()
navigation.add("home", navigation.Item(_("Home"), "console:home", "home.view"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.Home.as_view(), name="home"),
    *settings.urlpatterns,
    *registry.urlpatterns(),
]
