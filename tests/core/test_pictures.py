"""Pictures are what their bytes are; only what draws them is kept."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.core.pictures import NoPicture, picture
from tests.pictures import JPEG, chunk, jpeg_with, png


def read(content: bytes) -> tuple[str, int, int]:
    found = picture(content, most_side=4000)
    return found.ending, found.width, found.height


@pytest.mark.parametrize(("colour", "depth"), [(0, 1), (0, 16), (2, 8), (3, 4), (4, 8), (6, 16)])
@pytest.mark.parametrize("interlaced", [0, 1])
def test_every_kind_of_png_is_read(colour: int, depth: int, interlaced: int) -> None:
    assert read(png(13, 7, colour=colour, depth=depth, interlaced=interlaced)) == ("png", 13, 7)


def test_of_a_png_only_what_draws_it_is_kept() -> None:
    secret = b"taken at 31.2, 121.5"
    told = png(4, 3, further=[chunk(b"tEXt", secret), chunk(b"eXIf", secret)]) + b"<script>" + secret
    found = picture(told, most_side=4000)
    assert found.content == png(4, 3)
    assert picture(found.content, most_side=4000) == found


def test_of_a_jpeg_only_what_draws_it_is_kept() -> None:
    secret = b"taken at 31.2, 121.5"
    found = picture(jpeg_with(secret) + b"<script>", most_side=4000)
    assert (found.ending, found.width, found.height) == ("jpg", 8, 8)
    assert found.content == JPEG


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        png(4, 3)[:-1],
        png(4, 3).replace(b"IDAT", b"IDAU"),
        png(4, 3, data=b"\x00" * 10),
        png(4, 3, data=b"\x00" * 100_000),
        png(0, 3),
        png(4001, 1),
        png(4, 3, colour=5),
        JPEG[:-2],
        JPEG.replace(b"\xff\xc0", b"\xff\xc3"),
    ],
)
def test_all_else_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture):
        picture(content, most_side=4000)


def test_what_unpacks_to_more_than_it_says_is_not_unpacked() -> None:
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, 8, 2, 0, 0, 0))
    bomb += chunk(b"IDAT", zlib.compress(b"\x00" * 50_000_000, 9)) + chunk(b"IEND", b"")
    assert len(bomb) < 60_000
    with pytest.raises(NoPicture):
        picture(bomb, most_side=4000)


@given(st.integers(0, len(png(4, 3)) - 1), st.integers(1, 255))
def test_a_png_that_was_changed_anywhere_is_refused_or_the_same(place: int, change: int) -> None:
    content = bytearray(png(4, 3))
    content[place] ^= change
    with pytest.raises(NoPicture):
        picture(bytes(content), most_side=4000)


@given(st.binary(max_size=200), st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b""]))
def test_noise_is_refused_and_nothing_else_happens(noise: bytes, begin: bytes) -> None:
    with pytest.raises(NoPicture):
        picture(begin + noise, most_side=4000)
