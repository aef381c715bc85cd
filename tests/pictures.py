"""Small pictures, made by hand."""

import struct
import zlib
from collections.abc import Sequence

from mcn.core.pictures import PNG_CHANNELS, _rows_size


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int, height: int, *, colour: int = 2, depth: int = 8, interlaced: int = 0, data: bytes | None = None,
    further: Sequence[bytes] = (),
) -> bytes:  # fmt: skip
    """A black picture; `data` are its unpacked rows if they are to be others."""
    channels = PNG_CHANNELS.get(colour, (1, ()))[0]
    rows = bytes(_rows_size(width, height, channels * depth, bool(interlaced))) if data is None else data
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
    palette = chunk(b"PLTE", bytes(3)) if colour == 3 else b""
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", head, *further, palette, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    )


def _part(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


# 8 × 8 pixels of one grey: one table for everything, codes of one bit.
_DRAWS = [
    _part(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
    _part(0xDB, b"\x00" + b"\x01" * 64),
    _part(0xC0, b"\x08\x00\x08\x00\x08\x01\x01\x11\x00"),
    _part(0xC4, b"\x00" + b"\x01" + bytes(15) + b"\x00"),
    _part(0xC4, b"\x10" + b"\x01" + bytes(15) + b"\x00"),
    _part(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x3f",
]
_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
JPEG = _BEGIN + b"".join(_DRAWS) + _END


def jpeg_with(note: bytes) -> bytes:
    """The same picture with notes that do not draw it."""
    first, *rest = _DRAWS
    return _BEGIN + first + _part(0xE1, b"Exif\x00\x00" + note) + _part(0xFE, note) + b"".join(rest) + _END
