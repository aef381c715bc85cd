from django.apps import AppConfig


class BrandsConfig(AppConfig):
    name = "mcn.brands"
    label = "brands"
