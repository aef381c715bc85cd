"""Tests: a real database, no network, cheap passwords."""

import os

from config.runtime import broker
from config.settings.base import *  # noqa: F403
from config.settings.base import DATA_DIR, DATABASES, MIDDLEWARE, STORAGES

SECRET_KEY_FALLBACKS: list[str] = []
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]  # nothing is collected for tests
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# A test database may be lost with the machine's power.
for settings in DATABASES.values():
    settings["OPTIONS"] = {**settings["OPTIONS"], "options": "-c synchronous_commit=off"}

# Never the folders and the broker of a product that runs beside the tests, nor of the tests' other processes.
TEST_PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "")
TEST_DATA_DIR = DATA_DIR / "test" / TEST_PROCESS
MEDIA_ROOT = TEST_DATA_DIR / "files"
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or f"redis+socket://{broker.socket_path(TEST_DATA_DIR)}"
