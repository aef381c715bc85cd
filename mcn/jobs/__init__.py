"""Long work: the Job row, progress, hand-over to Celery, recovery."""
