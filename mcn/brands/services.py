"""Writes to brands and deals. The SKUs of a deal: `mcn.supply.services.deal_skus_save`."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts.keeping import KEEP, find, keep
from mcn.accounts.models import User
from mcn.brands.models import Brand, Deal
from mcn.core.errors import RuleError


@transaction.atomic
def brand_save(
    *, actor: User | None, code: str, name: str, category: str = KEEP, contact: str = KEEP, note: str = KEEP
) -> tuple[Brand, str]:
    """Create or change the brand with this code; returns it and the outcome."""
    return keep(
        find(Brand, code=code),
        Brand,
        actor=actor,
        code=code,
        name=name,
        category=category,
        contact=contact,
        note=note,
    )


@transaction.atomic
def deal_save(
    *,
    actor: User | None,
    code: str,
    brand: Brand,
    kind: str,
    starts_on: date,
    ends_on: date,
    stage: str = KEEP,
    slot_fee_fen: int = KEEP,
    commission_rate: Decimal | None = KEEP,
    gmv_target_fen: int | None = KEEP,
    note: str = KEEP,
) -> tuple[Deal, str]:
    """Create or change the deal with this code; both dates are inclusive, amounts in fen. Returns it and the outcome.

    Raises RuleError for an unknown kind, dates in the wrong order, negative amounts, a rate outside [0, 1].
    """
    if kind not in Deal.Kind.values:
        raise RuleError(
            _("%(value)s is not one of: %(allowed)s."),
            field="kind",
            value=kind,
            allowed=", ".join(Deal.Kind.values),
        )
    if ends_on < starts_on:
        raise RuleError(
            _("ends on %(until)s, before its start on %(start)s."), field="ends_on", until=ends_on, start=starts_on
        )
    for field, amount in (("slot_fee", slot_fee_fen), ("gmv_target", gmv_target_fen)):
        if amount is not KEEP and amount is not None and amount < 0:
            raise RuleError(_("must not be negative."), field=field)
    if commission_rate is not KEEP and commission_rate is not None and not 0 <= commission_rate <= 1:
        raise RuleError(_("%(rate)s is not between 0 and 1."), field="commission_rate", rate=commission_rate)
    return keep(
        find(Deal, code=code),
        Deal,
        actor=actor,
        code=code,
        brand=brand,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        stage=stage,
        slot_fee_fen=slot_fee_fen,
        commission_rate=commission_rate,
        gmv_target_fen=gmv_target_fen,
        note=note,
    )
