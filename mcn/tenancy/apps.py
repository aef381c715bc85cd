from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "mcn.tenancy"
    label = "tenancy"
