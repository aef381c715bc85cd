"""An agency's files stay its own, and are there whole or not at all."""

import hashlib
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mcn.tenancy import files
from mcn.tenancy.scope import ScopeError, agency_scope


def names(root: Path, folder: str = "") -> list[str]:
    """What is in a folder of agency 7."""
    return sorted(path.name for path in (root / "agencies/7" / folder).iterdir())


KILLED: list[Any] = []  # holds blocks open: a collected one would end


def killed(block: Any) -> Path:
    """The draft of a block that is entered and never left."""
    KILLED.append(block)
    return block.__enter__()


def touched(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


@pytest.fixture(autouse=True)
def own_root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.mark.parametrize(
    ("content", "chunk", "flushed"),
    [(b"abc", files.CHUNK_BYTES, files.FLUSHED_BYTES), (b"abcdefghi", 2, 4)],
    ids=["at once", "on the disk while it comes"],
)
def test_a_stored_file_is_in_the_agencys_folder_with_its_hash(
    own_root: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, chunk: int, flushed: int
) -> None:
    monkeypatch.setattr(files, "CHUNK_BYTES", chunk)
    monkeypatch.setattr(files, "FLUSHED_BYTES", flushed)
    with agency_scope(7):
        stored = files.store("imports/a/original.csv", io.BytesIO(content))
    assert (own_root / "agencies/7/imports/a/original.csv").read_bytes() == content
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_what_the_disk_refuses_meanwhile_is_not_stored(own_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FLUSHED_BYTES", 1)
    told: list[int] = []

    def refused_once(handle: int) -> None:
        told.append(handle)
        if len(told) == 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refused_once)
    with agency_scope(7), pytest.raises(OSError, match="No space left"):
        files.store("x", io.BytesIO(b"abc"))
    assert names(own_root) == ["drafts"]
    assert names(own_root, "drafts") == []


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../8/x", "a/../../8/x", "a\\..\\x", "a\x00b", ".."])
def test_no_name_leads_out(name: str) -> None:
    with agency_scope(7), pytest.raises(files.UnsafeName):
        files.path_of(name)


def test_no_link_leads_out(own_root: Path) -> None:
    (own_root / "agencies/7").mkdir(parents=True)
    (own_root / "agencies/8").mkdir()
    (own_root / "agencies/7/link").symlink_to(own_root / "agencies/8")
    with agency_scope(7), pytest.raises(files.UnsafeName):
        files.path_of("link/x")


def test_without_an_agency_there_are_no_files() -> None:
    with pytest.raises(ScopeError):
        files.path_of("x")


def test_a_draft_that_fails_leaves_the_former_file(own_root: Path) -> None:
    with agency_scope(7):
        files.store("x", io.BytesIO(b"old"))
        with pytest.raises(ZeroDivisionError), files.draft("x") as path:
            path.write_bytes(b"new")
            raise ZeroDivisionError
    assert names(own_root) == ["drafts", "x"]
    assert names(own_root, "drafts") == []
    assert (own_root / "agencies/7/x").read_bytes() == b"old"


def test_a_folder_appears_whole_and_replaces_the_former_one(own_root: Path) -> None:
    with agency_scope(7):
        for content in ("1", "2"):
            with files.draft_folder("rows") as folder:
                (folder / content).write_text(content)
                assert not (own_root / "agencies/7/rows" / content).exists()
        with pytest.raises(ZeroDivisionError), files.draft_folder("rows"):
            raise ZeroDivisionError
    assert names(own_root) == ["drafts", "rows"]
    assert names(own_root, "drafts") == []
    assert names(own_root, "rows") == ["2"]


def test_removing_takes_files_and_folders_and_minds_nothing_missing(own_root: Path) -> None:
    with agency_scope(7):
        files.store("a/x", io.BytesIO(b""))
        files.remove("a/x")
        files.remove("a")
        files.remove("a")
    assert names(own_root) == ["drafts"]


def test_drafts_that_nobody_wrote_to_for_long_are_removed(own_root: Path) -> None:
    """What a killed process leaves: its blocks never end."""
    long_ago = datetime(2026, 7, 1, 12, tzinfo=UTC)
    with agency_scope(8):
        others = killed(files.draft("x"))
        touched(others, long_ago)
    with agency_scope(7):
        files.store("kept", io.BytesIO(b""))
        file, folder, living = killed(files.draft("a/x")), killed(files.draft_folder("a/rows")), files.draft("y")
        (folder / "1").write_text("1")
        for path in (file, folder):
            touched(path, long_ago)
        with living as written:
            assert files.remove_drafts(before=long_ago) == 0
            assert files.remove_drafts(before=long_ago + timedelta(seconds=1)) == 2
            written.write_text("whole")
        assert files.path_of("y").read_text() == "whole"
    assert names(own_root) == ["a", "drafts", "kept", "y"]
    assert names(own_root, "drafts") == []
    assert others.exists()


def test_an_agency_without_files_has_no_drafts() -> None:
    with agency_scope(7):
        assert files.remove_drafts(before=datetime.now(UTC)) == 0
