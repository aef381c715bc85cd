"""Long work."""

from django.db.models import QuerySet

from mcn.api.filters import JobFilter
from mcn.api.pagination import NewestFirst
from mcn.api.serializers.jobs import JobRecord
from mcn.api.views.base import Records
from mcn.jobs.models import Job
from mcn.jobs.selectors import visible


class Jobs(Records):
    """Imports, calculations, exports: how far they are and what came out, newest first.

    Only work of the kinds that the member's roles have to do with, as on the pages.
    """

    permission = "jobs.view"
    serializer_class = JobRecord
    filterset_class = JobFilter
    pagination_class = NewestFirst

    def rows(self) -> QuerySet[Job]:
        return Job.objects.all()

    def get_queryset(self) -> QuerySet[Job]:
        """Those that the member who asks may see."""
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        return visible(self.request.member)  # type: ignore[attr-defined]
