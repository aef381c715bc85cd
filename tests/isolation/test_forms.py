"""Forms take and offer no row of another agency."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.forms import ModelChoiceField, ModelMultipleChoiceField

from mcn.accounts.models import Membership
from mcn.anchors.models import Anchor, Payee
from mcn.brands.models import Brand, Deal
from mcn.console.generic import registry
from mcn.supply.models import Sku, Supplier
from mcn.tenancy.scope import ScopeError, agency_scope
from mcn.training.models import Course
from tests.isolation.addresses import addresses
from tests.isolation.twins import TABLES, Twin, inside

pytestmark = pytest.mark.usefixtures("other_unchanged")


class Fields(HTMLParser):
    """What a browser would send of a page's forms, and which of it are choices; `words`: those without a number."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.choices: set[str] = set()
        self.words: set[str] = set()
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "input" and name and given.get("type") not in ("checkbox", "radio", "search", "submit"):
            self.values.setdefault(name, given.get("value") or "")
        if tag == "select" and name:
            self._select = name
            self.choices.add(name)
            self.words.add(name)
        if tag == "option" and self._select and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value") or ""
        if tag == "option" and self._select and (given.get("value") or "").isdigit():
            self.words.discard(self._select)
        if tag == "textarea" and name:
            self.values.setdefault(name, "")


REFERRED = (Anchor, Payee, Brand, Deal, Sku, Supplier, Course, Membership)
WRITING = [address for address in addresses("a") if address.takes("POST") and not address.is_api]


@pytest.mark.parametrize("address", WRITING, ids=str)
def test_a_form_takes_no_row_of_another_agency(twins: tuple[Twin, Twin], address: Any) -> None:
    own, other = twins
    client = own.client()
    path = "/a/xinghe" + address.fill(own)
    page = client.get(path)
    found = Fields(page.content.decode()) if page.status_code == 200 else Fields("")
    with inside(other):
        foreign = {model: model._default_manager.order_by("pk").first().pk for model in REFERRED}
    for name in found.choices - {"language"}:
        for pk in sorted(set(foreign.values()))[: 1 if name in found.words else None]:
            with transaction.atomic():
                answer = client.post(path, found.values | {name: str(pk), "do": "link"})
                assert answer.status_code < 500
                assert other.mark not in answer.content.decode()
                with connection.cursor() as cursor, agency_scope(own.agency.pk):
                    cursor.execute("set constraints all immediate")
                    cursor.execute("set constraints all deferred")
                transaction.set_rollback(True)


@pytest.mark.parametrize("slug", sorted({a.callback.view_initkwargs["resource"].slug for a in WRITING
                                         if "resource" in getattr(a.callback, "view_initkwargs", {})}))  # fmt: skip
def test_a_resources_references_offer_own_rows_only(twins: tuple[Twin, Twin], slug: str) -> None:
    own, other = twins
    resource = registry.resource(slug)
    with inside(own):
        blank = resource.form()(None, agency=own.agency)
        names = {name: f for name, f in blank.fields.items() if isinstance(f, ModelChoiceField)}
    for name, field in names.items():
        with inside(other):
            foreign = field.queryset.model._default_manager.order_by("pk").first().pk
        with inside(own):
            several = isinstance(field, ModelMultipleChoiceField)
            form = resource.form()({name: [foreign] if several else foreign}, agency=own.agency)
            assert "invalid_choice" in {error.code for error in form.errors.as_data().get(name, [])}, name


def test_a_row_of_another_agency_is_not_saved(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    with inside(other):
        foreign = {model._meta.db_table: model._default_manager.order_by("pk").first() for model in apps.get_models()
                   if model._meta.db_table in TABLES}  # fmt: skip
    with inside(own):
        for row in foreign.values():
            with pytest.raises(ScopeError):
                row.save()
            with pytest.raises(ScopeError):
                type(row)._default_manager.bulk_create([row])
