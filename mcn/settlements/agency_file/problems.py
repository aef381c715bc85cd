"""What is wrong with an agency file: one line per problem, each with its place and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.core.errors import DomainError

SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """A reason and where it holds: a path such as `anchors[2].contracts[0].number`; empty = the whole file."""

    path: str
    reason: Any
    line: int | None = None

    def __str__(self) -> str:
        text = f"{self.path}: {self.reason}" if self.path else str(self.reason)
        return text if self.line is None else str(_("%(text)s (line %(line)s)")) % {"text": text, "line": self.line}


class AgencyFileError(DomainError):
    """The file cannot be loaded, and nothing was. `problems` holds every reason that was found."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = list(problems)
        super().__init__(_("%(file)s cannot be loaded."), file=file)

    def lines(self) -> list[str]:
        """One line per problem, `FILE: path: reason`, at most SHOWN of them and then how many more."""
        lines = [f"{self.file}: {problem}" for problem in self.problems[:SHOWN]]
        more = len(self.problems) - SHOWN
        if more > 0:
            lines.append(f"{self.file}: " + str(_("and %(count)s more problems")) % {"count": more})
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())
