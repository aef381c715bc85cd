"""Tables of records, made from a list of field names."""

from collections.abc import Iterable
from typing import Any

import django_tables2
from django.db import models
from django.utils.html import format_html

from mcn.console.generic import display


class FieldColumn(django_tables2.Column):
    """One field, shown by what it is. `css` aligns heading and cells; `url` makes the value a link."""

    empty_values = ()

    def __init__(self, model: type[models.Model], name: str, *, url: Any = None, **kwargs: Any) -> None:
        self.model, self.name, self.url = model, name, url
        self.kind = display.kind_of(model, name)
        self.css = {"day": "is-tight", "time": "is-tight tabular"}.get(self.kind, "")
        if self.kind in display.NUMBERS:
            self.css = "is-number"
        kwargs.setdefault("orderable", display.field_of(model, name) is not None)
        super().__init__(accessor=name, **kwargs)

    @property
    def header(self) -> str:
        """The heading in the reader's language; asked for each page, as tables are made once."""
        return display.label_of(self.model, self.name)

    def render(self, value: Any, record: Any, table: Any) -> Any:
        # The table would hand over a choice's words; its code decides the colour.
        value = display.value_of(record, self.name)
        shown = display.show_value(self.model, self.name, value, member=getattr(table, "member", None))
        return format_html('<a href="{}">{}</a>', self.url(record), shown) if self.url else shown

    def value(self, value: Any) -> str:
        return display.export_value(self.model, self.name, value)


class RecordTable(django_tables2.Table):
    """A table whose columns are given by a resource; `sortable` switches the headings' links."""

    sortable = True
    member: Any = None

    class Meta:
        order_by_field = "sort"


def table_class(model: type[models.Model], columns: Iterable[Any], url: Any = None) -> type[RecordTable]:
    """A table with these columns: field names, or (name, column) where a column is special.

    The first column links to the record if `url` (record → address) is given.
    """
    members: dict[str, Any] = {}
    for position, column in enumerate(columns):
        if isinstance(column, str):
            members[column] = FieldColumn(model, column, url=url if position == 0 else None)
        else:
            members[column[0]] = column[1]
    # Columns made once, at import, would stand before those made now.
    members["Meta"] = type("Meta", (RecordTable.Meta,), {"sequence": tuple(members)})
    return type("Table", (RecordTable,), members)
