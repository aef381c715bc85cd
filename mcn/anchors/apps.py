from django.apps import AppConfig


class AnchorsConfig(AppConfig):
    name = "mcn.anchors"
    label = "anchors"
