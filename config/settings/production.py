"""A server behind TLS. Needs MCN_HOSTS; see docs/operations.md for every variable."""

import os

from config.runtime.problems import RuntimeProblem
from config.settings.base import *  # noqa: F403
from config.settings.base import ALLOWED_HOSTS

if not ALLOWED_HOSTS:
    raise RuntimeProblem("Set MCN_HOSTS to the host names this server answers to, separated by commas.")

CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = int(os.environ.get("MCN_HSTS_SECONDS", "31536000"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Subdomains and the browsers' preload list are the domain owner's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
