"""Every address inside an agency, filled with rows that exist. What cannot be filled fails the tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet
from django.urls import URLPattern, URLResolver, reverse
from django.urls.converters import IntConverter

from mcn.accounts.middleware import URLCONFS
from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor
from mcn.commissions.models import ShareLine
from mcn.console.generic import registry
from mcn.jobs.models import Job
from mcn.settlements.models import Dispute, Statement
from tests.isolation.twins import PERIOD, Twin, inside

# What `pk` in an address means, by the start of the address' name: the longest that fits counts. Addresses of a
# resource and of the API need no entry.
ROWS: dict[str, str] = {
    "console:sales-connection": "sales.Connection",
    "console:sales-import": "sales.SalesImport",
    "console:sales-line": "sales.OrderLine",
    "console:sales-mapping": "sales.ColumnMapping",
    "console:sales-mapping-file": "sales.UnmappedFile",
    "console:sales-bill": "sales.PlatformBill",
    "console:sales-unmatched-job": "jobs.Job",
    "console:job": "jobs.Job",
    "console:statement": "settlements.Statement",
    "console:tax-person": "settlements.Statement",
    "console:invoice": "settlements.Invoice",
    "console:posting": "settlements.Posting",
    "console:payout": "settlements.PayoutBatch",
    "console:paying-account": "settlements.PayingAccount",
    "console:correction": "settlements.Correction",
    "console:dispute": "settlements.Dispute",
    "console:hold": "settlements.Hold",
    "console:exit": "settlements.Exit",
    "console:share": "commissions.ShareLine",
    "console:bucket": "commissions.Bucket",
    "console:invitation": "accounts.Invitation",
    "console:member": "accounts.Membership",
    "console:ghost": "settlements.GhostRule",
    "console:what-if": "jobs.Job",
    "console:version": "anchors.ContractVersion",
    "portal:line": "commissions.ShareLine",
    "portal:dispute": "settlements.Dispute",
}
# The same for arguments with names of their own.
ARGUMENTS: dict[str, str] = {
    "statement": "settlements.Statement",
    "statement_id": "settlements.Statement",
    "job": "jobs.Job",
    "job_id": "jobs.Job",
    "line": "sales.OrderLine",
    "line_id": "sales.OrderLine",
    "share": "commissions.ShareLine",
    "anchor": "anchors.Anchor",
    "payee": "anchors.Payee",
    "contract": "anchors.Contract",
    "version": "anchors.ContractVersion",
    "version_pk": "anchors.ContractVersion",
}
MONTH_ARGUMENTS = {"period", "month", "code"}
CODES = {"account": "advances"}  # the same in every agency


class NotFilled(Exception):
    """The tests do not know which row an address is about."""


@dataclass(frozen=True)
class Address:
    """One pattern: `area` is `a` or `me`, `name` what `reverse` takes ("" for the API's catch-all)."""

    area: str
    name: str
    route: str
    callback: Any
    arguments: tuple[str, ...]
    numbers: frozenset[str]

    def __str__(self) -> str:
        return f"/{self.area}/…{self.route} ({self.name})"

    @property
    def is_api(self) -> bool:
        return self.route.startswith("/api/")

    @property
    def of_rows(self) -> bool:
        """Whether a row's id stands in the address. A month and other codes are the same in both agencies."""
        return bool(self.numbers)

    def permission(self, method: str = "GET") -> str:
        """The code that this method needs."""
        view = getattr(self.callback, "view_class", None) or getattr(self.callback, "cls", None)
        given = getattr(self.callback, "view_initkwargs", None) or getattr(self.callback, "initkwargs", {})
        found: str = given.get("permission") or getattr(view, "permission", "")
        if method == "GET":
            return found
        return given.get("change_permission") or getattr(view, "change_permission", "") or found

    def takes(self, method: str) -> bool:
        view = getattr(self.callback, "view_class", None) or getattr(self.callback, "cls", None)
        actions = getattr(self.callback, "actions", None)  # of a view set, by method
        taken = method.lower() in actions if actions else hasattr(view, method.lower())
        return taken and method.lower() in view.http_method_names

    def fill(self, twin: Twin) -> str:
        """The path behind the agency's prefix, with ids of the agency's rows. Raises NotFilled."""
        if not self.name:
            return "/api/v1/nothing/"
        with inside(twin):
            values = {name: self._value(name, twin) for name in self.arguments}
        return reverse(self.name, urlconf=URLCONFS[self.area], kwargs=values)

    def _value(self, argument: str, twin: Twin) -> Any:
        viewset = getattr(self.callback, "cls", None)
        if self.is_api and hasattr(viewset, "rows"):
            rows = viewset().rows()
            return getattr(_first(rows, argument, self), argument)
        if argument in MONTH_ARGUMENTS and argument not in self.numbers:
            return PERIOD
        if argument in CODES:
            return CODES[argument]
        model = self._model(argument)
        row = _first(_visible(model, self, twin), argument, self)
        return row.pk if argument in self.numbers else row.code

    def _model(self, argument: str) -> type[Model]:
        if argument != "pk":
            label = ARGUMENTS.get(argument, "")
        else:
            given = getattr(self.callback, "view_initkwargs", {})
            slug = self.route.strip("/").split("/")[0]
            known = {resource.slug: resource.model for resource in registry.resources()}
            if "resource" in given:
                return given["resource"].model
            fitting = [start for start in ROWS if self.name.startswith(start)]
            label = ROWS[max(fitting, key=len)] if fitting else ""
            if not label and self.area == "a" and slug in known:
                return known[slug]
        if not label:
            raise NotFilled(f"{self}: say in tests/isolation/addresses.py which row “{argument}” is.")
        return apps.get_model(label)


def _first(rows: QuerySet[Any], argument: str, address: Address) -> Any:
    row = rows.order_by("pk").first()
    if row is None:
        raise NotFilled(f"{address}: the agencies of tests/isolation/twins.py have no row for “{argument}”.")
    return row


def _visible(model: type[Model], address: Address, twin: Twin) -> QuerySet[Any]:
    """The rows that the address is for: a portal's are its anchor's own; jobs are of its kind, or those with a file."""
    rows = model._default_manager.all()
    if address.area == "me" and model in (Dispute, ShareLine, Statement):
        payee = Anchor.objects.get(member__user=twin.user(Role.ANCHOR)).payee_id
        return rows.filter(**{"bucket__payee_id" if model is ShareLine else "payee_id": payee})
    what_if = address.name.startswith("console:what-if")
    kind = "what_if" if what_if else "match" if address.name == "console:sales-unmatched-job" else "export"
    return rows.filter(kind=kind) if model is Job else rows


def _walk(area: str, patterns: list[Any], before: str = "/", spaces: tuple[str, ...] = ()) -> Iterator[Address]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(
                area, pattern.url_patterns, route, (*spaces, pattern.namespace) if pattern.namespace else spaces
            )
        elif isinstance(pattern, URLPattern):
            converters = getattr(pattern.pattern, "converters", {})
            arguments = converters or pattern.pattern.regex.groupindex
            numbers = frozenset(key for key, kind in converters.items() if isinstance(kind, IntConverter))
            name = ":".join((*spaces, pattern.name)) if pattern.name else ""
            yield Address(area, name, route, pattern.callback, tuple(arguments), numbers)


def addresses(area: str) -> list[Address]:
    """Every address of the console (`a`, with the API) or of the portal (`me`)."""
    return list(_walk(area, import_module(URLCONFS[area]).urlpatterns))
