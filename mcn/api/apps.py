from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "mcn.api"
    label = "api"

    def ready(self) -> None:
        from mcn.api import checks, schema  # noqa: F401 -- they register themselves
