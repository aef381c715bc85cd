"""The translation catalogue without gettext binaries.

    python -m config.translations update    # collect what is to be translated into the .po file
    python -m config.translations compile   # .po → .mo, which is what Django reads
    python -m config.translations check     # fails on anything missing, empty, fuzzy, obsolete or mismatched

English is the language of the msgids; Simplified Chinese is the one catalogue. Entries are sorted and carry
no line references, so that two branches that add sentences merge without conflict.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("mcn", "config", "templates")
CATALOGUE = "locale/zh_Hans/LC_MESSAGES/django.po"
KEYWORDS: dict[str, tuple | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%%|%\((\w+)\)[#0\- +]*[\d.]*[sdrf]|%[sdr]|\{(\w*)\}")
METADATA = {
    "Project-Id-Version": "mcn",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


@dataclass(frozen=True, order=True)
class Message:
    """One sentence of the source. `plural` is empty where the sentence has no plural form."""

    msgid: str
    context: str = ""
    plural: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.msgid


def _extract(source: str) -> Iterator[Message]:
    from babel.messages.extract import extract

    for _line, found, _comments, context in extract(
        "python", BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"}
    ):
        msgid, plural = (found[0], found[1]) if isinstance(found, tuple) else (found, "")
        if msgid:
            yield Message(msgid, context or "", plural or "")


def messages_of_python(source: str) -> set[Message]:
    """Sentences in gettext calls of a Python file."""
    return set(_extract(source))


def messages_of_template(source: str) -> set[Message]:
    """Sentences in translate and blocktranslate tags and in _("…") arguments of a Django template."""
    from django.utils.translation.template import templatize

    # What templatize leaves is not laid out as Python; without leading blanks it is readable as such.
    flat = "\n".join(line.strip() for line in templatize(source).splitlines())
    return set(_extract(flat))


def collect(root: Path = ROOT) -> dict[tuple[str, str], Message]:
    """Every sentence of the product, by (context, msgid). A plural wins over the bare singular."""
    found: dict[tuple[str, str], Message] = {}
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                messages = messages_of_python(path.read_text("utf-8"))
            elif path.suffix in {".html", ".txt", ".xml"} and "templates" in path.parts:
                messages = messages_of_template(path.read_text("utf-8"))
            else:
                continue
            for message in messages:
                if message.plural or message.key not in found:
                    found[message.key] = message
    return found


def read(path: Path) -> dict[tuple[str, str], polib.POEntry]:
    """The catalogue's entries; of doubled ones (left by a merge) the translated one."""
    if not path.exists():
        return {}
    entries: dict[tuple[str, str], polib.POEntry] = {}
    for entry in polib.pofile(settled(path.read_text("utf-8")), wrapwidth=0):
        key = (entry.msgctxt or "", entry.msgid)
        if key not in entries or not entries[key].translated():
            entries[key] = entry
    return entries


def settled(text: str) -> str:
    """The catalogue's text without what a merge of two branches leaves: a second translation of one sentence.

    Both branches' lines are kept by such a merge, so an entry may have two `msgstr`; the first one stays.
    """
    kept: list[str] = []
    translated = dropping = False
    for line in text.splitlines():
        word = line.partition(" ")[0]
        if word in {"msgid", "msgctxt", ""}:
            translated = dropping = False
        elif word.startswith("msgstr"):
            dropping, translated = translated, True
        if not dropping:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _write(path: Path, entries: list[polib.POEntry]) -> None:
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = METADATA
    catalogue.extend(sorted(entries, key=lambda entry: (entry.msgid, entry.msgctxt or "")))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path), newline="\n")


def update(root: Path = ROOT) -> list[str]:
    """Bring the catalogue in line with the source; returns the sentences still without translation."""
    path = root / CATALOGUE
    known = read(path)
    entries = []
    for key, message in collect(root).items():
        old = known.get(key)
        text = _chinese(old) if old else ""
        entry = polib.POEntry(msgid=message.msgid, msgctxt=message.context or None)
        if message.plural:
            entry.msgid_plural = message.plural
            entry.msgstr_plural = {0: text}
        else:
            entry.msgstr = text
        entries.append(entry)
    _write(path, entries)
    return sorted(entry.msgid for entry in entries if not _chinese(entry))


def _chinese(entry: polib.POEntry) -> str:
    return entry.msgstr or (entry.msgstr_plural or {}).get(0, "")


def compile_catalogue(root: Path = ROOT) -> Path:
    """Write the .mo beside the .po; entries without translation are left out (English shows instead)."""
    path = root / CATALOGUE
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = METADATA
    catalogue.extend(entry for entry in read(path).values() if entry.translated())
    target = path.with_suffix(".mo")
    catalogue.save_as_mofile(str(target))
    return target


def placeholders(text: str) -> list[str]:
    """The placeholders of a sentence, sorted: %(name)s, %s, {name}. `%%` is none."""
    return sorted(match.group(0) for match in PLACEHOLDER.finditer(text) if match.group(0) != "%%")


def check(root: Path = ROOT) -> list[str]:
    """What is wrong with the catalogue, one sentence each; an empty list if nothing is."""
    source, known = collect(root), read(root / CATALOGUE)
    problems = [f"missing: {message.msgid!r}" for key, message in source.items() if key not in known]
    for key, entry in known.items():
        text = _chinese(entry)
        if key not in source or entry.obsolete:
            problems.append(f"no longer in the source: {entry.msgid!r}")
        elif entry.fuzzy:
            problems.append(f"fuzzy: {entry.msgid!r}")
        elif not text:
            problems.append(f"not translated: {entry.msgid!r}")
        elif not _same_placeholders(source[key], text):
            problems.append(f"other placeholders than the English: {entry.msgid!r}")
    return sorted(problems)


def _same_placeholders(message: Message, text: str) -> bool:
    forms = [message.msgid] + ([message.plural] if message.plural else [])
    return any(placeholders(form) == placeholders(text) for form in forms)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m config.translations", description="The translation catalogue.")
    parser.add_argument("command", choices=["update", "compile", "check"])
    command = parser.parse_args(arguments).command
    if command == "update":
        for msgid in update():
            print(f"to translate: {msgid}")
    elif command == "compile":
        print(compile_catalogue().relative_to(ROOT))
    else:
        problems = check()
        print("\n".join(problems) or "The catalogue is complete.")
        return 1 if problems else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
