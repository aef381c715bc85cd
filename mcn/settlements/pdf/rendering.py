"""Set the paper with typst: offline, with the fonts of the product's own packages and no others.

What people wrote reaches the template as data; none of it is ever read as markup.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

TEMPLATE = Path(__file__).with_name("statement.typ")
# Chinese with rare characters of names; emoji and other scripts that names are written in.
FONT_PACKAGES = ("manimgx_fonts_cjk", "manimgx_fonts")


@cache
def _fonts() -> typst.Fonts:
    """The fonts, read once for the life of the process; a font that the machine happens to have changes no paper."""
    folders = [str(files(package)) for package in FONT_PACKAGES]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def pdf(
    data: Mapping[str, Any],
    *,
    language: str,
    made_at: datetime,
    logo: Path | None = None,
    template: Path = TEMPLATE,
) -> bytes:
    """The paper with these texts, a statement unless another template is given, and a picture in its head.

    `made_at` stands in the file as the time of its making.
    """
    told = {**data, "language": language.partition("-")[0], "logo": f"/{logo.name}" if logo else ""}
    made = typst.compile(  # type: ignore[call-overload]  # the stubs want a root of the template's type
        template.read_bytes(),
        font_paths=_fonts(),
        root=logo.parent if logo else None,
        sys_inputs={"data": json.dumps(told, ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


def can_be_set(picture: Path) -> bool:
    """Whether a paper can show this picture."""
    try:
        typst.compile(  # type: ignore[call-overload]
            f'#image("/{picture.name}", height: 1cm)'.encode(), root=picture.parent, format="pdf"
        )
    except typst.TypstError:
        return False
    return True
