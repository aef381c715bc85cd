"""Why a pull ended: a sentence that names the platform, its reason, and what to do."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.core.errors import DomainError


class PullError(DomainError):
    """The platform did not give what was asked for. What was fetched before stays.

    `platform` is the platform's name, itself a sentence to translate; `code` and `reason` are the platform's own
    words, without the connection's credentials.
    """


class NothingDone(PullError):
    """The platform has surely not done what was asked for: it answered with an error, or was not reached."""


class BadCredentials(NothingDone):
    """The platform does not know who asks."""


def _of(message: Any, platform: Any, *, kind: type[PullError] = PullError, **params: Any) -> PullError:
    return kind(message, platform=DomainError(platform), **params)


def bad_credentials(platform: Any, *, code: str, reason: str) -> PullError:
    """Key, secret or refresh token are wrong or no longer valid."""
    return _of(
        _(
            "%(platform)s does not accept the credentials (%(code)s %(reason)s). Enter them again; if the authorisation"
            " has run out, authorise the application again on the platform first."
        ),
        platform,
        kind=BadCredentials,
        code=code,
        reason=reason,
    )


def answer_lost(refusal: PullError, *, at: str) -> PullError:
    """A refresh token is refused, and the answer to the request of `at`, which may have replaced it, was never kept."""
    return BadCredentials(
        _(
            "%(platform)s does not accept the refresh token (%(code)s %(reason)s). On %(at)s, Beijing time, a new"
            " one was asked for and the answer was lost; the platform has probably replaced the token then. Authorise"
            " the application again on the platform, and enter the new refresh token."
        ),
        **refusal.params,
        at=at,
    )


def not_permitted(platform: Any, *, code: str, reason: str) -> PullError:
    """The application or its role may not call this API."""
    return _of(
        _(
            "%(platform)s does not allow the application to read these orders (%(code)s %(reason)s). Apply for this"
            " API on the platform, and have the account authorised in the role that the guide names."
        ),
        platform,
        kind=NothingDone,
        code=code,
        reason=reason,
    )


def address_refused(platform: Any, *, code: str, reason: str) -> PullError:
    """The platform answers only servers that are on the application's list."""
    return _of(
        _(
            "%(platform)s refuses the address of this server (%(code)s %(reason)s). Enter it in the application's IP"
            " list on the platform; the operator knows the address."
        ),
        platform,
        kind=NothingDone,
        code=code,
        reason=reason,
    )


def quota_used_up(platform: Any, *, code: str, reason: str) -> PullError:
    """No more calls today."""
    return _of(
        _(
            "The calls that %(platform)s allows the application are used up (%(code)s %(reason)s). The next run goes"
            " on where this one stopped."
        ),
        platform,
        kind=NothingDone,
        code=code,
        reason=reason,
    )


def too_busy(platform: Any, *, minutes: int) -> PullError:
    """The platform kept asking for fewer calls."""
    return _of(
        _(
            "%(platform)s still asked to slow down after %(minutes)s minutes of waiting. The next run goes on where"
            " this one stopped."
        ),
        platform,
        kind=NothingDone,
        minutes=minutes,
    )


def unreachable(platform: Any, *, sent: bool) -> PullError:
    """No connection, or no answer in time; `sent`: the request may have arrived all the same."""
    return _of(
        _(
            "%(platform)s could not be reached, or did not answer in time. The next run goes on where this one"
            " stopped; if it happens again, the operator should look at the server's way to the internet."
        ),
        platform,
        kind=PullError if sent else NothingDone,
    )


def unreadable(platform: Any, *, status: int) -> PullError:
    """An answer that is no answer of this API: an error page, broken JSON, a list that is none."""
    return _of(
        _(
            "%(platform)s gave an answer that cannot be read (HTTP status %(status)s). The next run goes on where this"
            " one stopped."
        ),
        platform,
        status=status,
    )


def refused(platform: Any, *, code: str, reason: str) -> PullError:
    """The platform's own error, for which there is no better sentence."""
    return _of(
        _(
            "%(platform)s refused the request (%(code)s %(reason)s). The next run goes on where this one stopped; if it"
            " happens again, check credentials and permissions on the platform."
        ),
        platform,
        kind=NothingDone,
        code=code,
        reason=reason,
    )
