"""What a reader of a PDF finds in it."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import IndirectObject


def read(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def pages_of(content: bytes) -> list[str]:
    """The text of each page, blanks as one."""
    return [" ".join(page.extract_text().split()) for page in read(content).pages]


def text_of(content: bytes) -> str:
    return " ".join(pages_of(content))


def embedded(content: bytes) -> dict[str, bool]:
    """Every font by its name, and whether its outlines are in the file."""
    found = {}
    for page in read(content).pages:
        for font in _plain(_plain(page["/Resources"])["/Font"]).values():
            for part in _plain(font).get("/DescendantFonts", [font]):
                descriptor = _plain(_plain(part).get("/FontDescriptor", {}))
                found[str(_plain(font)["/BaseFont"])] = bool(
                    {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
                )
    return found


def _plain(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value
