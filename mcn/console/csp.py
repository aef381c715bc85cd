"""The Content-Security-Policy of every page: only our own files, no inline script or style, no eval.

Two kinds of pages of third-party packages cannot keep it (the operator's site, the API's description); the
setting `CSP_EXCEPTIONS` maps the start of a path to directives that replace the strict ones there.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]

STRICT: dict[str, str] = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def policy(path: str) -> str:
    """The header's value for a page at `path` (the full path, agency prefix included)."""
    directives = dict(STRICT)
    for start, relaxed in getattr(settings, "CSP_EXCEPTIONS", {}).items():
        if path.startswith(start):
            directives |= relaxed
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class ContentSecurityPolicyMiddleware:
    """Sends the policy with every response, error pages included."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy(request.path))
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response
