from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "mcn.console"
    label = "console"
