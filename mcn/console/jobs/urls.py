"""Addresses of jobs and downloads."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.jobs import views

navigation.add("jobs", navigation.Item(_("Jobs and downloads"), "console:jobs", "jobs.view"))

urlpatterns = [
    path("jobs/", views.JobList.as_view(), name="jobs"),
    path("jobs/export/", views.NewExport.as_view(), name="export"),
    path("jobs/<int:pk>/", views.JobDetail.as_view(), name="job"),
    path("jobs/<int:pk>/progress/", views.JobProgress.as_view(), name="job-progress"),
    path("jobs/<int:pk>/download/", views.Download.as_view(), name="job-download"),
]
