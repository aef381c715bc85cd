"""One load of a file: what every section of it uses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from mcn.accounts.keeping import KEEP
from mcn.accounts.models import User
from mcn.anchors.models import Anchor, Payee
from mcn.brands.models import Brand, Deal
from mcn.core.errors import DomainError, RuleError
from mcn.settlements.agency_file.parts import Part
from mcn.settlements.agency_file.problems import Problem
from mcn.settlements.agency_file.reading import Document
from mcn.settlements.agency_file.report import Report
from mcn.supply.models import Sku

MODELS: dict[str, type[Any]] = {"payee": Payee, "brand": Brand, "sku": Sku, "deal": Deal, "anchor": Anchor}
UNKNOWN = {
    "payee": _("There is no agent or anchor with the code %(code)s."),
    "brand": _("There is no brand with the code %(code)s."),
    "sku": _("There is no SKU with the code %(code)s."),
    "deal": _("There is no deal with the code %(code)s."),
    "anchor": _("There is no anchor with the code %(code)s."),
}


class Consequence(RuleError):
    """A record that stands on another one which has a problem of its own: that one alone is reported."""


class Applying:
    """Collects problems rather than stopping at the first; the caller rolls back if there are any.

    `zone` is the agency's and `last_closed` its last closed month; both are known once the agency is saved.
    """

    zone: ZoneInfo
    last_closed: str | None

    def __init__(self, *, actor: User | None, document: Document) -> None:
        self.actor = actor
        self.document = document
        self.root = Part(document.data, "")
        self.problems: list[Problem] = []
        self.report = Report()
        self._found: dict[tuple[str, str], Any] = {}
        self._failed: set[tuple[str, str]] = set()
        self._seen: dict[tuple[str, object], str] = {}

    @contextmanager
    def at(self, part: Part, *records: tuple[str, str]) -> Iterator[None]:
        """Turn an error into a problem at this part; `records` are then known to have failed."""
        try:
            yield
        except DomainError as error:
            self._failed.update(records)
            if not isinstance(error, Consequence):
                self.problems.append(self.document.problem(part.place(error.field or ""), error))

    def once(self, kind: str, code: object, part: Part, key: str) -> None:
        """Raise RuleError if the file has given this code before."""
        first = self._seen.setdefault((kind, code), part.place(key))
        if first != part.place(key):
            shown = " ".join(map(str, code)) if isinstance(code, tuple) else code
            raise RuleError(_("%(code)s is given already at %(first)s."), field=key, code=shown, first=first)

    def each(self, section: str, kind: str, save: Callable[[Part, str], str]) -> None:
        """Save every record of a section that has a code of its own; `save` returns the outcome."""
        for part in self.root.parts(section):
            code = part.text("code")
            with self.at(part, (kind, code)):
                self.once(kind, code, part, "code")
                self.report.add(section, save(part, code))

    def find(self, kind: str, part: Part, key: str) -> Any:
        """The record that a key refers to, from the file or from what was there before."""
        code = part.text(key)
        if code is KEEP:
            return KEEP
        if not code:
            return None
        return self.record(kind, code, key)

    def record(self, kind: str, code: str, field: str) -> Any:
        """The record with this code. Raises RuleError naming `field` if there is none."""
        if (kind, code) in self._failed:
            raise Consequence(UNKNOWN[kind], field=field, code=code)
        if (kind, code) not in self._found:
            found = MODELS[kind].objects.filter(code=code).first()
            if found is None:
                raise RuleError(UNKNOWN[kind], field=field, code=code)
            self._found[kind, code] = found
        return self._found[kind, code]

    def remember(self, kind: str, code: str, record: Any) -> None:
        """What `find` and `record` give for this code from now on."""
        self._found[kind, code] = record
