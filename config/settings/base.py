"""Settings shared by every way of running the product. The overlays beside this file change little."""

import os
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy

from config.runtime import broker, database
from config.runtime.paths import ROOT, data_dir, secret_key

# Column frames are given back and asked for again many times a second: their memory goes back to the system after ten
# seconds, not after half a one. Read when polars is imported.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000")

BASE_DIR = ROOT
DATA_DIR: Path = data_dir()
SECRET_KEY = secret_key()
DEBUG = False
ALLOWED_HOSTS: list[str] = [host for host in os.environ.get("MCN_HOSTS", "").split(",") if host]
# The address in mails that no request sends.
SITE_URL = os.environ.get("MCN_SITE_URL") or (
    f"https://{ALLOWED_HOSTS[0]}" if ALLOWED_HOSTS else f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
)

# Lower apps first: an app may import and reference only what stands above it in this list.
MCN_APPS = [
    "mcn.core",
    "mcn.tenancy",
    "mcn.accounts",
    "mcn.jobs",
    "mcn.anchors",
    "mcn.training",
    "mcn.brands",
    "mcn.supply",
    "mcn.live",
    "mcn.sales",
    "mcn.commissions",
    "mcn.settlements",
    "mcn.ops",
    "mcn.portal",
    "mcn.console",
    "mcn.api",
]

INSTALLED_APPS = [
    *MCN_APPS,  # first, so that their templates and commands win
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mcn.console.csp.ContentSecurityPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mcn.accounts.middleware.AgencyMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mcn.console.context.console",
            ],
        },
    },
]
DJANGO_TABLES2_TEMPLATE = "django_tables2/bootstrap5.html"

# ── Database: `default` as the restricted role, `owner` for migrations ────────────────────────────
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "mcn.tenancy.db",
        **database.app_settings(),
        "ATOMIC_REQUESTS": True,
        "CONN_HEALTH_CHECKS": True,  # a restarted server costs no request
        "TEST": {"MIRROR": "owner"},  # one test database; the mirror only takes over its name
    },
    "owner": {
        "ENGINE": "django.db.backends.postgresql",
        **database.owner_settings(),
        "TEST": {"DEPENDENCIES": []},
    },
}
DATABASE_ROUTERS = ["config.routers.MigrateAsOwner"]
# Servers with threads ask for a pool (config/wsgi.py); commands and workers hold single connections.
if os.environ.get("MCN_DB_POOL"):
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"]["OPTIONS"],
        "pool": {"min_size": 1, "max_size": int(os.environ["MCN_DB_POOL"]), "timeout": 30},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A larger file of sales is refused unread; what an archive unpacks to counts too.
SALES_FILE_MAX_BYTES = int(os.environ.get("MCN_SALES_FILE_MAX_MB") or 2048) << 20

# Where orders are fetched from, by platform: the operator's choice alone, an agency can name no address. Tests point
# them to a server of their own.
SALES_API_ADDRESSES: dict[str, str] = {
    platform: os.environ.get(f"MCN_API_{platform.upper()}") or address
    for platform, address in {
        "douyin": "https://openapi-fxg.jinritemai.com",
        "taobao": "https://eco.taobao.com",
        "kuaishou": "https://openapi.kwaixiaodian.com",
        "wechat": "https://api.weixin.qq.com",
        "jd": "https://api.jd.com",
        "pinduoduo": "https://gw-api.pinduoduo.com",
    }.items()
}

# In the database, so that rate limits hold across processes and machines whatever the broker is.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
    }
}

# ── Sign-in ───────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "mcn.accounts.adapter.InvitationOnly"
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation reaches the address, that is the proof
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Guessing at verification codes of statements (mcn/portal/genuine.py) is held up like guessing at passwords.
ACCOUNT_RATE_LIMITS = {"statement_check": "10/m/ip,100/d/ip"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
# Pages of packages that cannot keep the strict policy of mcn/console/csp.py, by the start of their path.
CSP_EXCEPTIONS: dict[str, dict[str, str]] = {
    "/ops/": {"script-src": "'self' 'unsafe-inline' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"},
}
SECURE_CONTENT_TYPE_NOSNIFF = True

# ── Language and time ─────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# ── Files ─────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [folder for folder in (ROOT / "static",) if folder.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "files"

# ── API ───────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["mcn.api.authentication.ConsoleSession"],
    "DEFAULT_PERMISSION_CLASSES": ["mcn.api.permissions.NamedPermission"],
    "DEFAULT_PAGINATION_CLASS": "mcn.api.pagination.ById",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "mcn.api.errors.answer",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "MCN API",
    "DESCRIPTION": "One agency's data, to read. Amounts are whole fen, rates are decimal text, times are UTC.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "DEFAULT_GENERATOR_CLASS": "mcn.api.schema.Generator",
    # Of lists of choices that several records have, or that different ones have under one name.
    "ENUM_NAME_OVERRIDES": {
        "EarningEventRecordKindEnum": "mcn.sales.models.EarningEvent.Kind",
        "EntryIncomeEnum": "mcn.sales.models.Entry.Income",
        "ImportRecordStateEnum": "mcn.sales.models.SalesImport.State",
        "IncomeEnum": "mcn.commissions.models.SplitRule.Income",
    },
}

# ── The operator's site (mcn/ops) ─────────────────────────────────────────────────────────────────
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": gettext_lazy("Operator's site"),
    "SITE_HEADER": gettext_lazy("Operator's site"),
    "SITE_SYMBOL": "dns",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/console/mark.svg"}],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "#eff4ff",
            "100": "#dfe8fe",
            "200": "#c2d2fd",
            "300": "#98b2fa",
            "400": "#6086f6",
            "500": "#4670ea",
            "600": "#2b59d9",
            "700": "#2149b8",
            "800": "#1f3f96",
            "900": "#1e3776",
            "950": "#152349",
        },
    },
    "SIDEBAR": {
        "navigation": [
            {
                "items": [
                    {"title": gettext_lazy("Health"), "icon": "monitor_heart", "link": reverse_lazy("ops:health")},
                    {
                        "title": gettext_lazy("Agencies"),
                        "icon": "apartment",
                        "link": reverse_lazy("ops:tenancy_agency_changelist"),
                    },
                    {
                        "title": gettext_lazy("Users"),
                        "icon": "group",
                        "link": reverse_lazy("ops:accounts_user_changelist"),
                    },
                ],
            },
        ],
    },
}

# ── Jobs ──────────────────────────────────────────────────────────────────────────────────────────
# A broker only carries: what a job is and how it stands, its row says. Hence no result backend.
CELERY_BROKER_URL = broker.url()
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Who hands over a job does not wait for an absent broker: the row stays, and beat sends it again.
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "mcn"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "Asia/Shanghai"
if CELERY_BROKER_URL.startswith(("redis", "valkey")):
    # Longer than the longest task, or it would run twice; a killed worker's messages are looked for every 2 s.
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "visibility_timeout": 12 * 3600,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
    }
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "jobs.resend": {"task": "jobs.resend", "schedule": 10.0, "options": {"expires": 10}},
    "jobs.remove_abandoned_drafts": {
        "task": "jobs.remove_abandoned_drafts",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "settlements.pull_due": {"task": "settlements.pull_due", "schedule": 300.0, "options": {"expires": 300}},
    "settlements.remove_expired_exports": {
        "task": "settlements.remove_expired_exports",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "settlements.forget_what_ifs": {
        "task": "settlements.forget_what_ifs",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "sales.remove_old_unmapped": {
        "task": "sales.remove_old_unmapped",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "settlements.remind_of_disputes": {
        "task": "settlements.remind_of_disputes",
        "schedule": crontab(hour=9, minute=0),
        "options": {"expires": 43200},
    },
    "settlements.reports_due": {"task": "settlements.reports_due", "schedule": 300.0, "options": {"expires": 300}},
    "settlements.drop_undecided_previews": {
        "task": "settlements.drop_undecided_previews",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("MCN_LOG_LEVEL", "INFO")},
    # The HTTP client tells whole addresses, and some platforms want the access token in them.
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
