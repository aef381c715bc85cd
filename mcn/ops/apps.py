from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "mcn.ops"
    label = "ops"
