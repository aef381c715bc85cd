"""The versions of a contract, newest first, each in words."""

from dataclasses import dataclass
from datetime import date

from mcn.anchors.models import Contract, ContractVersion
from mcn.commissions.terms import terms_of
from mcn.console.contracts.words import Clause, clauses_of


@dataclass(frozen=True)
class VersionCard:
    """A version with its standing today: in_force, planned, past or superseded."""

    version: ContractVersion
    standing: str
    clauses: list[Clause]


def timeline_of(contract: Contract, today: date) -> list[VersionCard]:
    """Every version of the contract, superseded ones included."""
    rows = contract.versions.filter(tail_of__isnull=True).select_related("created_by")
    versions = list(rows.order_by("-starts_on", "-number"))
    begun = [one for one in versions if one.superseded_at is None and one.starts_on <= today]
    current = begun[0] if begun and today <= contract.ends_on else None
    return [
        VersionCard(version, _standing(version, current, today), clauses_of(terms_of(version))) for version in versions
    ]


def _standing(version: ContractVersion, current: ContractVersion | None, today: date) -> str:
    if version.superseded_at is not None:
        return "superseded"
    if version == current:
        return "in_force"
    return "planned" if version.starts_on > today else "past"
