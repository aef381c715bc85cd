from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "mcn.live"
    label = "live"
