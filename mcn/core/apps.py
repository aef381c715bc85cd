from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "mcn.core"
    label = "core"
