from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "mcn.api"
    label = "api"
