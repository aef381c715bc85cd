"""Long work and how far it is."""

from rest_framework import serializers

from mcn.api.serializers.base import Record
from mcn.jobs.models import Job


class JobRecord(Record):
    """One piece of long work. `counts` says what came out, `error` what went wrong, in the reader's language."""

    percent = serializers.IntegerField()
    error = serializers.CharField(source="error_text")

    class Meta:
        model = Job
        fields = (
            "id", "kind", "subject", "state", "done", "total", "percent", "counts", "error", "created_at",
            "started_at", "finished_at",
        )  # fmt: skip
