"""The platforms whose files are read: one list for accounts, sessions, products and order lines."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Platform(models.TextChoices):
    DOUYIN = "douyin", _("Douyin")
    KUAISHOU = "kuaishou", _("Kuaishou")
    TAOBAO = "taobao", _("Taobao")
    WECHAT = "wechat", _("WeChat Channels")
    JD = "jd", _("JD")
    PINDUODUO = "pinduoduo", _("Pinduoduo")
    XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
    OTHER = "other", _("Other platform")  # whose files are read by a column mapping
