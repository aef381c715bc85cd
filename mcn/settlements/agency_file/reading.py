"""YAML as text: every scalar keeps the characters it was written with, so that money never becomes a float.

Only the plain words null, true and false (and ~ or nothing for null) are more than text. An id of 19 digits,
a date, 8000.00 and 04:00 arrive as they stand in the file, quoted or not.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from mcn.core.errors import DomainError, unreadable
from mcn.settlements.agency_file.problems import AgencyFileError, Problem

WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
KINDS = {"bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp", "value"}
LARGEST = 50 * 1024 * 1024
DEEPEST = 50


@dataclass
class Document:
    """The content of a file, and on which line each path stands."""

    file: str
    data: Any
    lines: dict[str, int]

    def problem(self, path: str, reason: Any) -> Problem:
        """A problem with the line of its path, or of the nearest one above it that is written."""
        place = path
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return Problem(path, reason, self.lines.get(place))


def read(path: Path) -> Document:
    """Read the file. Raises AgencyFileError if it is missing, no UTF-8, no YAML, or names a key twice."""
    file = str(path)
    try:
        if path.stat().st_size > LARGEST:
            raise AgencyFileError(file, [Problem("", _("The file is larger than 50 MB."))])
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AgencyFileError(file, [Problem("", _("The file is not UTF-8 text."))]) from error
    except OSError as error:
        raise AgencyFileError(file, [Problem("", unreadable(error))]) from error
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise AgencyFileError(file, [_not_yaml(error)]) from error
    document = Document(file, None, {})
    problems: list[Problem] = []
    document.data = _plain(node, "", 0, document, problems) if node is not None else None
    if problems:
        raise AgencyFileError(file, problems)
    return document


def _not_yaml(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    return Problem("", _("The file is not YAML: what stands here cannot be read."), mark.line + 1 if mark else None)


def _plain(node: yaml.Node, path: str, depth: int, document: Document, problems: list[Problem]) -> Any:
    line = node.start_mark.line + 1
    document.lines.setdefault(path, line)
    if depth > DEEPEST:
        problems.append(Problem(path, _("is nested too deeply"), line))
        return None
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if kind not in KINDS:
        problems.append(Problem(path, DomainError(_("has the unknown tag %(tag)s"), tag=node.tag), line))
        return None
    if isinstance(node, yaml.ScalarNode):
        return WORDS.get(node.value, node.value) if kind in {"null", "bool"} else node.value
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(item, f"{path}[{index}]", depth + 1, document, problems) for index, item in enumerate(node.value)
        ]
    content: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        place = f"{path}.{name}" if path else name
        if name in content:
            problems.append(Problem(place, _("is given twice"), key.start_mark.line + 1))
        document.lines.setdefault(place, key.start_mark.line + 1)
        content[name] = _plain(value, place, depth + 1, document, problems)
    return content
