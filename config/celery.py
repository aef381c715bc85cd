"""The Celery application: a transport for jobs. What a job is and how it stands, its row says."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("mcn")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
