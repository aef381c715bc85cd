"""One machine, `make run`: the demo, or a developer's own copy."""

import os

from config.settings.base import *  # noqa: F403
from config.settings.base import ALLOWED_HOSTS

DEBUG = os.environ.get("MCN_DEBUG") == "1"
ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
