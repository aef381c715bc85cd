"""The Celery application: a transport for jobs. What a job is and how it stands, its row says."""

from celery import Celery

app = Celery("mcn")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
