from django.apps import AppConfig


class SettlementsConfig(AppConfig):
    name = "mcn.settlements"
    label = "settlements"
