from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "mcn.sales"
    label = "sales"
