"""Addresses of the console, inside `/a/<slug>/`: workflow pages of every area, master data by its resources."""

from django.urls import URLPattern, URLResolver

from mcn.console import resources
from mcn.console.contracts import urls as contracts
from mcn.console.exits import urls as exits
from mcn.console.generic import registry
from mcn.console.home import urls as home
from mcn.console.jobs import urls as jobs
from mcn.console.payouts import urls as payouts
from mcn.console.sales import urls as sales
from mcn.console.settings import urls as settings
from mcn.console.settlement import urls as settlement

app_name = "console"
resources.load()

urlpatterns: list[URLPattern | URLResolver] = [
    *home.urlpatterns,
    *contracts.urlpatterns,
    *sales.urlpatterns,
    *settlement.urlpatterns,
    *payouts.urlpatterns,
    *exits.urlpatterns,
    *jobs.urlpatterns,
    *settings.urlpatterns,
    *registry.urlpatterns(),
]
