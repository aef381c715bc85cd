"""Uploaded files that are read once and not kept."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile


@contextmanager
def on_disk(upload: UploadedFile) -> Iterator[Path]:
    """The upload as a file that is gone when the block ends, for readers that want a path."""
    with tempfile.NamedTemporaryFile(prefix="upload-") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        yield Path(kept.name)
