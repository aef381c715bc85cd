from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "mcn.portal"
    label = "portal"
