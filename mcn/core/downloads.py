"""Answers that hand a file out."""

from typing import BinaryIO

from django.http import FileResponse

ANY_TYPE = "application/octet-stream"


def private_download(source: BinaryIO, name: str, content_type: str = ANY_TYPE) -> FileResponse:
    """The stream as a download of that name, which no browser shows, guesses at or keeps."""
    response = FileResponse(source, as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
