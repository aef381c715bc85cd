from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "mcn.supply"
    label = "supply"
