"""Long work."""

from django.db.models import QuerySet

from mcn.api.filters import JobFilter
from mcn.api.pagination import NewestFirst
from mcn.api.serializers.jobs import JobRecord
from mcn.api.views.base import Records
from mcn.jobs.models import Job


class Jobs(Records):
    """Imports, calculations, exports: how far they are and what came out, newest first."""

    permission = "jobs.view"
    serializer_class = JobRecord
    filterset_class = JobFilter
    pagination_class = NewestFirst

    def rows(self) -> QuerySet[Job]:
        return Job.objects.all()
