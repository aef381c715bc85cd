"""How requests are signed. Each platform documents its own way; the JSON in a signature is the JSON that is sent."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


def compact(value: Any) -> str:
    """JSON without blanks and with sorted keys, as Douyin's signature wants it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def strung(parameters: Mapping[str, str]) -> str:
    """Names and values in the order of the names, nothing between them."""
    return "".join(f"{name}{parameters[name]}" for name in sorted(parameters))


def hmac_hex(text: str, secret: str) -> str:
    """HMAC-SHA256 as lower-case hexadecimal digits (Douyin)."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def hmac_base64(text: str, secret: str) -> str:
    """HMAC-SHA256 in base64 (Kuaishou)."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def md5_upper(text: str) -> str:
    """MD5 as upper-case hexadecimal digits: JD and Pinduoduo sign with it, and with nothing better."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
