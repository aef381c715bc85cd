"""Personal data at rest: encrypted columns and a keyed hash to find equal values.

Keys come from MCN_ENCRYPTION_KEYS (newest first, any text) or else from the secret key; values written with
an older key are still read.
"""

import base64
import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache
def _box(secrets: tuple[str, ...]) -> MultiFernet:
    keys = [hashlib.sha256(b"mcn-encryption:" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _secrets() -> tuple[str, ...]:
    return tuple(getattr(settings, "MCN_ENCRYPTION_KEYS", None) or [settings.SECRET_KEY])


def fingerprint(value: str) -> str:
    """Keyed hash of an identity value: equal values have equal hashes, and no one can read them back."""
    key = hashlib.sha256(b"mcn-fingerprint:" + _secrets()[-1].encode()).digest()
    return hmac.new(key, value.strip().upper().encode(), hashlib.sha256).hexdigest()


def seal(purpose: str, message: bytes) -> bytes:
    """HMAC-SHA256 of a message under the installation's secret for one purpose: nobody without it can make one."""
    key = hashlib.sha256(f"mcn-{purpose}:{_secrets()[-1]}".encode()).digest()
    return hmac.new(key, message, hashlib.sha256).digest()


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database. It cannot be searched or sorted; keep a fingerprint for that."""

    def get_prep_value(self, value: Any) -> Any:
        value = models.Field.get_prep_value(self, value)
        return value if not value else _box(_secrets()).encrypt(value.encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value if not value else _box(_secrets()).decrypt(value.encode()).decode()


class EncryptedJSONField(EncryptedTextField):
    """A small JSON object that is encrypted in the database (bank account, Alipay account)."""

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(json.dumps(value, ensure_ascii=False, sort_keys=True) if value else "")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) and value else (value or {})


def masked(value: str, *, head: int = 0, tail: int = 4) -> str:
    """`value` with its middle hidden: 6222…1234."""
    if len(value) <= head + tail:
        return "•" * len(value)
    return value[:head] + "•" * 4 + value[len(value) - tail :]
