"""Entry point of an asynchronous web server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
os.environ.setdefault("MCN_DB_POOL", "16")

from django.core.asgi import get_asgi_application  # noqa: E402 -- after the environment is set

application = get_asgi_application()
