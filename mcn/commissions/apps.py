from django.apps import AppConfig


class CommissionsConfig(AppConfig):
    name = "mcn.commissions"
    label = "commissions"
