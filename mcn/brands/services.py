"""Writes to brands and deals. The SKUs of a deal: `mcn.supply.services.deal_skus_save`."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from mcn.accounts import guards
from mcn.accounts.keeping import KEEP, save_by
from mcn.accounts.models import User
from mcn.brands.models import Brand, Deal


@transaction.atomic
def brand_save(
    *, actor: User | None, code: str, name: str, category: str = KEEP, contact: str = KEEP, note: str = KEEP
) -> tuple[Brand, str]:
    """Create or change the brand with this code; returns it and the outcome."""
    return save_by(Brand, {"code": code}, actor=actor, name=name, category=category, contact=contact, note=note)


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
    guards.one_of(Deal.Kind, kind, field="kind")
    guards.days_in_order(starts_on, ends_on)
    guards.not_negative(slot_fee=slot_fee_fen, gmv_target=gmv_target_fen)
    guards.rate(commission_rate, field="commission_rate")
    return save_by(
        Deal,
        {"code": code},
        actor=actor,
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
