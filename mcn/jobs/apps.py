from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "mcn.jobs"
    label = "jobs"
