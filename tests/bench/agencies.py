"""Agencies to measure with."""

from pathlib import Path

from django.db import transaction

from mcn.settlements.agency_file import load
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import operator_scope
from tests.bench import month


def make_agency(folder: Path, slug: str, anchors: int = month.ANCHORS) -> int:
    """Load the generated agency file; the agency's id."""
    path = folder / f"{slug}.yaml"
    month.write_agency(path, slug, anchors)
    load(actor=None, path=path)
    with operator_scope(), transaction.atomic():
        return int(Agency.objects.get(slug=slug).pk)
