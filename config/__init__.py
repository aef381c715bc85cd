"""Settings, URLs, Celery and the process supervisor."""
