"""The API about itself: its lists, its description for programmes, a page of it for people, and what is not there."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from mcn.api.permissions import NamedPermission

READING: list[str] = ["get", "head", "options"]


class Schema(SpectacularAPIView):
    """OpenAPI 3, as YAML or JSON (`?format=json`)."""

    permission = "home.view"
    permission_classes = [NamedPermission]
    http_method_names = READING

    def handle_exception(self, exc: Exception) -> Response:
        """Errors are the usual JSON, whichever form of the description was asked for."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer, self.request.accepted_media_type = JSONRenderer(), "application/json"
        return response


@extend_schema(exclude=True)
class Index(APIView):
    """What there is: the address of each list that the member may read, and those of the description.

    `lists`: the router's registry, (prefix, view set, name of its addresses) each.
    """

    permission = "home.view"
    http_method_names = READING
    lists: ClassVar[Sequence[tuple[str, Any, str]]] = ()

    def get(self, request: Request) -> Response:
        may = request.member.can  # type: ignore[attr-defined]
        lists = {
            prefix: reverse(f"api:{name}-list", request=request)
            for prefix, viewset, name in self.lists
            if may(viewset.permission)
        }
        about = {name: reverse(f"api:{name}", request=request) for name in ("schema", "docs")}
        return Response({"lists": lists, **about})


@extend_schema(exclude=True)
class Documentation(APIView):
    """A page to read and try the API, made of the description; all its files are our own."""

    permission = "home.view"
    http_method_names = READING
    renderer_classes = (TemplateHTMLRenderer, JSONRenderer)

    def get(self, request: Request) -> Response:
        return Response({"agency": request.agency}, template_name="api/docs.html")  # type: ignore[attr-defined]


@extend_schema(exclude=True)
class Nothing(APIView):
    """Any other address."""

    permission = "home.view"
    http_method_names = READING

    def get(self, request: Request, **kwargs: Any) -> Response:
        raise NotFound
