"""Talk to one platform in the name of one connection: sign, send, wait when asked to, renew the token, say what failed.

Clock and sleep are given in. Nothing is tried again but what the platforms ask for: after "slow down" the same call
once more after a pause, and once with a new token when the old one has ended.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

import httpx
from django.conf import settings
from django.utils import timezone

from mcn.core.platforms import Platform
from mcn.sales.connectors import errors
from mcn.sales.connectors.apis import Api, Fault, Keys, Malformed, Request, Row, Window, beijing

CONNECT_SECONDS, ANSWER_SECONDS = 10, 60
MOST_BYTES = 64 << 20
MOST_PAGES = 20_000
LONGEST_PAUSE, MOST_WAITING = 60.0, 600.0
TOKEN_ENDS_BEFORE = timedelta(minutes=5)
SHOWN_REASON = 200
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL)
RENEWING = "renewing_since"  # in the credentials while the answer to a handed-in refresh token is not kept

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]
Save = Callable[[dict[str, str], dict[str, str]], None]


class SlowDown(Exception):
    """The platform asks for fewer calls."""


class TokenEnded(Exception):
    """The access token has run out, sooner than was said. `told` is what the platform says about it."""

    def __init__(self, told: dict[str, str]) -> None:
        super().__init__()
        self.told = told


class Session:
    """The calls of one run. `save` is told the credentials before and after each change, and has committed it when it
    returns: before a refresh token is handed in, and when the platform has replaced tokens.
    """

    def __init__(
        self,
        api: Api,
        keys: Keys,
        *,
        save: Save,
        clock: Clock = timezone.now,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.api = api
        self._keys = dict(keys)
        self._secrets = set(self._keys.values())
        self._save, self._clock, self._sleep = save, clock, sleep
        self._platform = Platform(api.platform).label
        self._last_call: datetime | None = None
        # Redirects are not followed: credentials go to the operator's address and to no other.
        self._client = httpx.Client(
            base_url=settings.SALES_API_ADDRESSES[api.gateway.host],
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def rows(self, window: Window) -> Iterator[list[Row]]:
        """The rows that changed in the window, page by page. Raises PullError."""
        try:
            for number, page in enumerate(self.api.pages(self.call, window)):
                if number >= MOST_PAGES:
                    raise Malformed
                yield page
        except Malformed:
            raise errors.unreadable(self._platform, status=200) from None

    def call(self, method: str, parameters: dict[str, Any]) -> Any:
        """The data of one answer, waiting while the platform asks to slow down. Raises PullError."""
        renewed = False
        if self._needs_token():
            self._renew()
            renewed = True
        while True:
            try:
                return self.api.gateway.data(self._patiently(lambda: self._ask(method, parameters)))
            except TokenEnded as ended:
                if renewed or self.api.gateway.renew is None:
                    raise errors.bad_credentials(self._platform, **ended.told) from None
                self._renew()
                renewed = True

    def _ask(self, method: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        return self._send(self.api.gateway.request(self._keys, method, parameters, self._clock()))

    def _patiently(self, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        pause, waited = 2.0, 0.0
        while True:
            try:
                return ask()
            except SlowDown:
                if waited >= MOST_WAITING:
                    raise errors.too_busy(self._platform, minutes=int(waited // 60)) from None
            self._sleep(pause)
            waited += pause
            pause = min(LONGEST_PAUSE, pause * 2)

    def _needs_token(self) -> bool:
        if self.api.gateway.renew is None:
            return False
        if not self._keys.get("access_token"):
            return True
        ends = self._keys.get("token_ends_at", "")
        return bool(ends) and datetime.fromisoformat(ends) - TOKEN_ENDS_BEFORE <= self._clock()

    def _renew(self) -> None:
        """Ask for a new access token and have it kept at once: the old refresh token may have ended with it.

        That it is asked for is kept beforehand. Where the answer is lost, because the worker dies or the platform does
        not answer, nobody can tell whether the refresh token was replaced; if it is refused later, the error says so.
        """
        gateway = self.api.gateway
        renew = gateway.renew
        assert renew is not None
        before, lost = self._keys, self._keys.get(RENEWING, "")
        if "refresh_token" in before and not lost:
            self._keep({**before, RENEWING: self._clock().isoformat()})
        try:
            answer = self._patiently(lambda: self._send(renew(self._keys, self._clock()), renewing=True))
        except errors.NothingDone as error:
            if lost and isinstance(error, errors.BadCredentials):
                raise errors.answer_lost(error, at=beijing(datetime.fromisoformat(lost))) from None
            self._keep(before)
            raise
        given = gateway.renewed(answer)
        token = given.get("access_token") if isinstance(given, Mapping) else None
        if not isinstance(token, str) or not token:
            raise errors.unreadable(self._platform, status=200)
        after = {name: value for name, value in before.items() if name not in ("token_ends_at", RENEWING)}
        after["access_token"] = token
        if str(given.get("expires_in") or "").isdigit():
            after["token_ends_at"] = (self._clock() + timedelta(seconds=int(given["expires_in"]))).isoformat()
        if given.get("refresh_token"):
            after["refresh_token"] = str(given["refresh_token"])
        self._keep(after)

    def _keep(self, keys: dict[str, str]) -> None:
        if keys != self._keys:
            self._save(self._keys, keys)
            self._keys = keys
            self._secrets.update(keys.values())

    def _send(self, request: Request, *, renewing: bool = False) -> Mapping[str, Any]:
        self._keep_distance()
        status, content = self._exchange(request)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise SlowDown
        answer = _parsed(content)
        if answer is None or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise errors.unreadable(self._platform, status=status)
        try:
            fault = self.api.gateway.fault(answer)
        except Malformed:
            raise errors.unreadable(self._platform, status=status) from None
        if fault is not None:
            raise self._meaning(fault, renewing)
        return answer

    def _keep_distance(self) -> None:
        if self._last_call is not None:
            left = self.api.pause_seconds - (self._clock() - self._last_call).total_seconds()
            if left > 0:
                self._sleep(left)
        self._last_call = self._clock()

    def _exchange(self, request: Request) -> tuple[int, bytes]:
        """Status and body. What the HTTP client raises may hold the address with the token in it, so it ends here."""
        sent: dict[str, Any] = {"params": dict(request.query)}
        if request.form is not None:
            sent["data"] = dict(request.form)
        elif request.body is not None:
            sent |= {"content": request.body.encode(), "headers": {"Content-Type": "application/json"}}
        try:
            with self._client.stream(request.verb, request.path, **sent) as response:
                content = bytearray()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > MOST_BYTES:
                        raise errors.unreadable(self._platform, status=response.status_code)
                return response.status_code, bytes(content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise errors.unreachable(self._platform, sent=not isinstance(error, NOT_SENT)) from None

    def _meaning(self, fault: Fault, renewing: bool) -> Exception:
        codes = self.api.gateway.codes
        found = frozenset(fault.codes)
        if found & codes.slow_down:
            return SlowDown()
        told = {
            "code": self._hidden(" ".join(code for code in fault.codes if code)),
            "reason": self._hidden(fault.reason),
        }
        for meant, error in (
            (codes.address, errors.address_refused),
            (codes.quota, errors.quota_used_up),
            (codes.credentials, errors.bad_credentials),
        ):
            if found & meant:
                return error(self._platform, **told)
        if renewing:
            return errors.bad_credentials(self._platform, **told)
        if found & codes.token:
            return TokenEnded(told)
        error = errors.not_permitted if found & codes.permission else errors.refused
        return error(self._platform, **told)

    def _hidden(self, text: str) -> str:
        """The platform's words without any of the credentials: they are shown, kept and logged."""
        for value in sorted(filter(None, self._secrets), key=len, reverse=True):
            text = text.replace(value, "•")
        return text[:SHOWN_REASON]


def _parsed(content: bytes) -> Mapping[str, Any] | None:
    """The object in an answer; None if it is no JSON, or no object. Amounts keep the digits they are written with."""
    try:
        answer = json.loads(content, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
