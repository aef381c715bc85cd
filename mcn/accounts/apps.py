from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "mcn.accounts"
    label = "accounts"
