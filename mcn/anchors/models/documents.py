"""What shows who a person is, where it is not a resident's identity card: its kind, and what stands on it."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Document(models.TextChoices):
    """Documents that the tax bureau knows persons by besides the resident's identity card."""

    FOREIGN_PASSPORT = "foreign_passport", _("Foreign passport")
    CHINESE_PASSPORT = "chinese_passport", _("Chinese passport")
    HK_MACAU_PERMIT = "hk_macau_permit", _("Travel permit of residents of Hong Kong and Macau")
    HK_MACAU_RESIDENCE = "hk_macau_residence", _("Residence permit of residents of Hong Kong and Macau")
    TAIWAN_PERMIT = "taiwan_permit", _("Travel permit of residents of Taiwan")
    TAIWAN_RESIDENCE = "taiwan_residence", _("Residence permit of residents of Taiwan")
    PERMANENT_RESIDENCE = "permanent_residence", _("Identity card of foreign permanent residents")


class Sex(models.TextChoices):
    """As it stands on the document."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")


# What `Payee.document` may hold: a Document, a country or region, a Sex, and two days (YYYY-MM-DD).
DOCUMENT_PARTS: Final = ("kind", "country", "sex", "born_on", "entered_on")
