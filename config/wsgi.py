"""Entry point of the web server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
os.environ.setdefault("MCN_DB_POOL", "16")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
