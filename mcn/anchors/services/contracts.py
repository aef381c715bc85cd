"""Contracts. Their terms are versions: `mcn.commissions.services.rules`."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import guards
from mcn.accounts.keeping import KEEP, find, keep
from mcn.accounts.models import User
from mcn.anchors.models import Anchor, Contract
from mcn.core.errors import RuleError


@transaction.atomic
def contract_save(
    *,
    actor: User | None,
    anchor: Anchor,
    number: str,
    starts_on: date,
    ends_on: date,
    exclusive: bool = KEEP,
    signed_on: date | None = KEEP,
    note: str = KEEP,
) -> tuple[Contract, str]:
    """Create or change the contract with this number; both dates are inclusive. Returns it and the outcome.

    Raises RuleError if it ends before it starts, if the number is another anchor's, or if another contract
    of the anchor is in force on one of its days.
    """
    guards.days_in_order(starts_on, ends_on)
    contract = find(Contract, number=number)
    if contract is not None and contract.anchor_id != anchor.pk:
        raise RuleError(
            _("The contract number %(number)s is used by %(anchor)s."),
            field="number",
            number=number,
            anchor=contract.anchor,
        )
    others = Contract.objects.filter(anchor=anchor, starts_on__lte=ends_on, ends_on__gte=starts_on)
    other = others.exclude(number=number).first()
    if other is not None:
        raise RuleError(
            _("The contract overlaps with %(number)s, which runs from %(start)s to %(until)s."),
            field="starts_on",
            number=other.number,
            start=other.starts_on,
            until=other.ends_on,
        )
    return keep(
        contract,
        Contract,
        actor=actor,
        anchor=anchor,
        number=number,
        starts_on=starts_on,
        ends_on=ends_on,
        exclusive=exclusive,
        signed_on=signed_on,
        note=note,
    )
