from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "mcn.training"
    label = "training"
