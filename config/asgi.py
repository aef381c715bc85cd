"""Entry point of an asynchronous web server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
os.environ.setdefault("MCN_DB_POOL", "16")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
