from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "mcn.console"
    label = "console"

    def ready(self) -> None:
        from mcn.console import checks  # noqa: F401 -- importing it registers the check
