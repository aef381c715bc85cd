"""Files are what they begin as, whatever they are called."""

from io import BytesIO

import pytest

from mcn.core.file_types import MARKS, ending_of, is_what_it_says, last_part


@pytest.mark.parametrize("ending", sorted(MARKS))
def test_a_file_is_what_it_begins_as(ending: str) -> None:
    content = bytearray(b"?" * 64)
    for at, mark in MARKS[ending]:
        content[at : at + len(mark)] = mark
    source = BytesIO(bytes(content))
    assert is_what_it_says(source, ending)
    assert source.tell() == 0
    assert not is_what_it_says(BytesIO(b"MZ" + bytes(content)), ending)
    assert not is_what_it_says(source, ending, MARKS.keys() - {ending})


def test_too_short_or_unknown_is_nothing() -> None:
    assert not is_what_it_says(BytesIO(b"RIFF"), ".webp")
    assert not is_what_it_says(BytesIO(b""), ".pdf")
    assert not is_what_it_says(BytesIO(b"MZ"), ".exe")


def test_names_lose_their_folders() -> None:
    assert last_part("C:\\scans\\a/发票.PDF", 255) == "发票.PDF"
    assert last_part("0123456789.pdf", 6) == "89.pdf"
    assert ending_of("发票.PDF") == ".pdf"
