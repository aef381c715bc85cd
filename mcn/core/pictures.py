"""PNG and JPEG pictures that people upload: taken apart by their content, and put together without what is not needed.

Whatever the name says, a file is what its bytes are. Kept is what draws the picture; descriptions, places, previews,
other pictures and everything behind the end are left out.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PNG_BEGIN = b"\x89PNG\r\n\x1a\n"
PNG_DRAWS = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND"}
PNG_CHANNELS = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
# Of an interlaced picture: where each pass begins, and its steps, across and down.
PASSES = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
)  # fmt: skip
JPEG_BEGIN = b"\xff\xd8"
JPEG_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive
JPEG_DRAWS = {*JPEG_FRAMES, 0xC4, 0xDB, 0xDD, 0xE0, 0xEE}  # with the two notes that tell how colours are meant
JPEG_SCAN, JPEG_END = 0xDA, 0xD9


class NoPicture(ValueError):
    """The bytes are no whole PNG or JPEG picture."""


@dataclass(frozen=True)
class Picture:
    """A picture without anything that does not draw it. `ending` is png or jpg; sizes are pixels."""

    content: bytes
    ending: str
    width: int
    height: int


def picture(content: bytes, *, most_side: int) -> Picture:
    """The picture in these bytes. Raises NoPicture for all else, and for sides of more than `most_side` pixels."""
    if content.startswith(PNG_BEGIN):
        return _png(content, most_side)
    if content.startswith(JPEG_BEGIN):
        return _jpeg(content, most_side)
    raise NoPicture("neither PNG nor JPEG")


def _check_side(width: int, height: int, most_side: int) -> None:
    if not 0 < width <= most_side or not 0 < height <= most_side:
        raise NoPicture(f"{width} × {height} pixels")


# ── PNG ───────────────────────────────────────────────────────────────────────────────────────────


def _png(content: bytes, most_side: int) -> Picture:
    kept, data, head = [PNG_BEGIN], [], b""
    for name, body in _chunks(content):
        if not head and name != b"IHDR":
            raise NoPicture("no header")
        head = head or body
        if name == b"IDAT":
            data.append(body)
        if name in PNG_DRAWS:
            kept.append(_chunk(name, body))
    if len(head) != 13:
        raise NoPicture("no header")
    width, height, depth, colour, packing, filtering, interlaced = struct.unpack(">IIBBBBB", head)
    _check_side(width, height, most_side)
    channels, depths = PNG_CHANNELS.get(colour, (0, ()))
    if depth not in depths or packing or filtering or interlaced > 1:
        raise NoPicture("an unknown kind of PNG")
    _check_rows(b"".join(data), _rows_size(width, height, channels * depth, bool(interlaced)))
    return Picture(b"".join(kept), "png", width, height)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each part by its name, up to the end of the picture. Raises NoPicture where one is damaged or missing."""
    place = len(PNG_BEGIN)
    while place + 12 <= len(content):
        (size,) = struct.unpack_from(">I", content, place)
        name, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + size]
        end = place + 8 + size
        if content[end : end + 4] != struct.pack(">I", zlib.crc32(name + body)):
            raise NoPicture("a damaged part")
        yield name, body
        if name == b"IEND":
            return
        place = end + 4
    raise NoPicture("it ends too early")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _rows_size(width: int, height: int, bits: int, interlaced: bool) -> int:
    """Bytes of the unpacked rows, each with its filter."""
    total = 0
    for left, top, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _check_rows(packed: bytes, size: int) -> None:
    """Raises NoPicture if the data are not exactly the rows; never unpacks more than these."""
    unpacking = zlib.decompressobj()
    try:
        found = len(unpacking.decompress(packed, size + 1))
    except zlib.error as error:
        raise NoPicture("damaged data") from error
    if found != size:
        raise NoPicture("more or fewer rows than it says")


# ── JPEG ──────────────────────────────────────────────────────────────────────────────────────────


def _jpeg(content: bytes, most_side: int) -> Picture:
    kept, size, place, scans = [JPEG_BEGIN], (0, 0), 2, 0
    while True:
        marker, begin = _marker(content, place)
        if marker == JPEG_END:
            break
        if begin + 2 > len(content):
            raise NoPicture("it ends too early")
        (length,) = struct.unpack_from(">H", content, begin)
        place, body = begin + length, content[begin + 2 : begin + length]
        if length < 2 or place > len(content):
            raise NoPicture("a damaged part")
        if marker in JPEG_FRAMES:
            if len(body) < 6 or size != (0, 0):
                raise NoPicture("no header, or two")
            height, width = struct.unpack_from(">HH", body, 1)
            _check_side(width, height, most_side)
            size = (width, height)
        if marker == JPEG_SCAN:
            end = _scan_end(content, place)
            kept.append(content[begin - 2 : end])
            place, scans = end, scans + 1
        elif marker in JPEG_DRAWS:
            kept.append(content[begin - 2 : place])
        elif 0xC0 <= marker <= 0xCF:
            raise NoPicture("an unknown kind of JPEG")
    if size == (0, 0) or not scans:
        raise NoPicture("no picture in it")
    return Picture(b"".join([*kept, bytes([0xFF, JPEG_END])]), "jpg", *size)


def _marker(content: bytes, place: int) -> tuple[int, int]:
    """The next marker and where its part begins. Raises NoPicture where there is none."""
    if content[place : place + 1] != b"\xff":
        raise NoPicture("a damaged part")
    while content[place : place + 1] == b"\xff":
        place += 1
    if place >= len(content):
        raise NoPicture("it ends too early")
    return content[place], place + 1


def _scan_end(content: bytes, place: int) -> int:
    """Where the data of a scan end: before the next marker that is not part of them."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            raise NoPicture("it ends too early")
        following = content[place + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7:
            return place
        place += 2
