"""Settings, URLs, Celery and the process supervisor.

The Celery application is loaded with the package: whoever hands over a task has to know the broker, be it the
web server, a command or a worker.
"""

from config.celery import app as celery_app

__all__ = ["celery_app"]
