"""Write a proof pack. The same closed month gives the same bytes: one order of files, one date, nothing of today
(docs/adr/0011).
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from mcn.core.copying import beside
from mcn.core.errors import Conflict
from mcn.settlements.models import Period
from mcn.settlements.month_shares import SharesWithoutSource
from mcn.settlements.proof_pack import contents
from mcn.tenancy.models import Agency

MANIFEST = "manifest.json"
PROVEN = ("lines.tsv", "statements.tsv", "leftovers.tsv")  # in the order of the content hash
DATE = (1980, 1, 1, 0, 0, 0)
LOCAL_HEADER = 30  # bytes before the name of a file in the zip
LARGEST = 2**31 - 1  # bytes before packing: what a plain zip holds, above 8 million lines
BLOCK = 1 << 20

NOT_AS_CLOSED = _("%(period)s: what is stored does not have the proof of its closing. Verify the month.")

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Packed:
    """A pack that was written: SHA-256 and size in bytes of the zip, and how many shares it holds."""

    sha256: str
    size: int
    shares: int


def write(path: Path, agency: Agency, period: Period, progress: Progress = lambda done, total, name: None) -> Packed:
    """Write the pack of a closed month from one view of the database; memory use does not depend on its size.

    Raises Conflict where what is stored no longer has the month's proof, and for a month too large for a zip.
    """
    sources = _sources(agency, period)
    proof = hashlib.sha256(f"{period.code}\n{period.previous_hash}\n".encode())
    proven = PROVEN if period.leftovers_hashed else PROVEN[:2]
    written: dict[str, dict[str, Any]] = {}
    shares = 0
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, source) in enumerate(sources.items()):
            progress(number, len(sources), name)
            room = LARGEST - sum(file["size"] for file in written.values())
            with archive.open(_entry(name), "w") as target:
                taken = _Taken(target, proof if name in proven else hashlib.sha256())
                try:
                    for size in beside(taken.take, source):  # while one block is packed, the database makes the next
                        if size > room:
                            raise Conflict(_("%(period)s is too large for a proof pack."), period=period.code)
                except SharesWithoutSource as error:
                    raise Conflict(NOT_AS_CLOSED, period=period.code) from error
            if name in proven:
                proof.update(b"\n")
            if name == "lines.tsv":
                shares = taken.rows
            written[name] = {"size": taken.size, "sha256": taken.digest.hexdigest()}
        if proof.hexdigest() != period.content_hash:
            raise Conflict(NOT_AS_CLOSED, period=period.code)
        for info in archive.infolist():
            written[info.filename]["packed_sha256"] = _packed_sha256(path, archive, info)
        archive.writestr(_entry(MANIFEST), contents.as_json(_manifest(agency, period, written)))
    return Packed(_sha256(path, 0, path.stat().st_size), path.stat().st_size, shares)


class _Taken:
    """What one file of the pack took in so far: bytes, rows and SHA-256; `proof` takes in the same."""

    def __init__(self, target: IO[bytes], proof: "hashlib._Hash") -> None:
        self._target, self._proof = target, proof
        self.digest, self.size, self.rows = hashlib.sha256(), 0, 0

    def take(self, block: bytes) -> int:
        """Pack a block; the bytes so far."""
        self._target.write(block)
        self.digest.update(block)
        self._proof.update(block)
        self.rows += block.count(b"\n")
        self.size += len(block)
        return self.size


def _sources(agency: Agency, period: Period) -> dict[str, Iterable[bytes]]:
    """The files in their order, each as its blocks of bytes."""

    def json(make: Callable[[], Any]) -> Iterator[bytes]:
        yield contents.as_json(make())

    return {
        "README.txt": [_own("README.txt")],
        "verify.py": [_own("verify.py")],
        "chain.json": json(lambda: contents.chain(period)),
        "rules.json": json(lambda: contents.rules(period)),
        "inputs.json": json(lambda: contents.inputs(agency, period)),
        **{name: contents.table(name, period) for name in (*PROVEN, "history.tsv", "holders.tsv")},
    }


def _own(name: str) -> bytes:
    return files(__package__).joinpath(name).read_bytes()


def _entry(name: str) -> zipfile.ZipInfo:
    """Tables are deflated, so that they can be sent; what is small stands as it is, to be read in any editor."""
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".tsv") else zipfile.ZIP_STORED
    info.create_system = 3  # Unix, wherever the pack is made
    info.external_attr = 0o100644 << 16
    return info


def _packed_sha256(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """Of a file's bytes as they stand in the zip."""
    assert archive.fp is not None
    archive.fp.flush()
    return _sha256(path, info.header_offset + LOCAL_HEADER + len(info.filename), info.compress_size)


def _sha256(path: Path, start: int, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        while size and (block := file.read(min(size, BLOCK))):
            digest.update(block)
            size -= len(block)
    return digest.hexdigest()


def _manifest(agency: Agency, period: Period, written: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "format": "mcn-proof-pack",
        "version": 1,
        "agency": {"slug": agency.slug, "name": agency.name},
        "period": period.code,
        "previous_hash": period.previous_hash,
        "content_hash": period.content_hash,
        "leftovers_hashed": period.leftovers_hashed,
        "files": written,
    }
