"""The agency itself: its settings and the platform fee rates it falls back on."""

from datetime import time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit, guards
from mcn.accounts.keeping import CHANGED, CREATED, KEEP, UNCHANGED, differing, save_by
from mcn.accounts.models import User
from mcn.core.errors import RuleError
from mcn.core.periods import Period
from mcn.tenancy.models import Agency, PlatformFeeRate
from mcn.tenancy.scope import agency_scope, operator_scope

DAYS = ("timezone", "day_starts_at")  # they decide on which day something was sold
MOST_DAYS = 365
DATING = (*DAYS, "first_period")  # they decide which month something belongs to


def agency_find(slug: str) -> Agency | None:
    """The agency with this slug, whoever's scope it is; needs a transaction."""
    with operator_scope():
        return Agency.objects.filter(slug=slug).first()


@transaction.atomic
def agency_save(
    *,
    actor: User | None,
    slug: str,
    name: str,
    timezone: str = KEEP,
    day_starts_at: time = KEEP,
    labour_tax: str = KEEP,
    labour_gap_months: str = KEEP,
    labour_income_item: str = KEEP,
    minimum_payout_fen: int = KEEP,
    second_approval_fen: int | None = KEEP,
    dispute_days: int = KEEP,
    dispute_answer_days: int = KEEP,
    first_period: str = KEEP,
    last_closed: str | None = None,
    has_sales: bool = False,
) -> tuple[Agency, str]:
    """Create the agency with this slug, or change its settings; returns it and the outcome.

    `minimum_payout_fen` is in fen, as is `second_approval_fen`, the net pay from which a month needs two approvers
    (None: never), `first_period` a month (YYYY-MM) or empty, `last_closed` the agency's last
    closed month, `has_sales` whether it has order lines. Raises RuleError for an unknown time zone, a malformed
    slug or month, a negative minimum, days of disputes outside 0 to 365, for another first month once a month is
    closed, and for another zone or day start once there are sales: lines, events and the sums of days keep the days
    that they came in with.
    """
    values = {
        "name": name,
        "timezone": timezone,
        "day_starts_at": day_starts_at,
        "labour_tax": labour_tax,
        "labour_gap_months": labour_gap_months,
        "labour_income_item": labour_income_item,
        "minimum_payout_fen": minimum_payout_fen,
        "second_approval_fen": second_approval_fen,
        "dispute_days": dispute_days,
        "dispute_answer_days": dispute_answer_days,
        "first_period": first_period,
    }
    values = {key: value for key, value in values.items() if value is not KEEP}
    _check(slug, values)
    agency = agency_find(slug)
    if agency is None:
        with operator_scope():
            agency = Agency.objects.create(slug=slug, **values)
        before, outcome = None, CREATED
    else:
        changed = differing(agency, values)
        if not changed:
            return agency, UNCHANGED
        for key in DATING:
            if last_closed and key in changed:
                raise RuleError(
                    _("cannot change any more: %(period)s is closed, and what it settled would be dated anew."),
                    field=key,
                    period=last_closed,
                )
        for key in DAYS:
            if has_sales and key in changed:
                raise RuleError(
                    _("cannot change any more: sales have been imported, and their days go by it."), field=key
                )
        before, outcome = audit.snapshot(agency), CHANGED
        for key in changed:
            setattr(agency, key, values[key])
        with agency_scope(agency.pk):
            agency.save(update_fields=changed)
    with agency_scope(agency.pk):
        action = "create" if before is None else "change"
        audit.record(actor=actor, action=action, target=agency, before=before, after=audit.snapshot(agency))
    return agency, outcome


def _check(slug: str, values: dict[str, Any]) -> None:
    try:
        Agency._meta.get_field("slug").run_validators(slug)
    except ValidationError as error:
        raise RuleError(
            _("%(slug)s may consist of lower-case letters, digits and hyphens only."), field="slug", slug=slug
        ) from error
    if "timezone" in values:
        try:
            ZoneInfo(values["timezone"])
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise RuleError(
                _("%(zone)s is not a time zone such as Asia/Shanghai."), field="timezone", zone=values["timezone"]
            ) from error
    if values.get("first_period"):
        try:
            Period.parse(values["first_period"])
        except ValueError as error:
            raise RuleError(
                _("%(period)s is not a month such as 2026-07."), field="first_period", period=values["first_period"]
            ) from error
    guards.not_negative(minimum_payout=values.get("minimum_payout_fen", KEEP))
    guards.not_negative(second_approval_fen=values.get("second_approval_fen", KEEP))
    for key in ("dispute_days", "dispute_answer_days"):
        days = values.get(key, KEEP)
        if days is not KEEP and not 0 <= days <= MOST_DAYS:
            raise RuleError(_("is between 0 and %(most)s days."), field=key, most=MOST_DAYS)
    guards.one_of(Agency.LabourTax, values.get("labour_tax", KEEP), field="labour_tax")
    guards.one_of(Agency.GapMonths, values.get("labour_gap_months", KEEP), field="labour_gap_months")


@transaction.atomic
def agency_set_active(*, actor: User | None, agency: Agency, is_active: bool) -> str:
    """Open or shut an agency; returns the outcome. Shut, nobody gets in; its data stays as it is."""
    with operator_scope():
        stored = Agency.objects.select_for_update().get(pk=agency.pk)
        if stored.is_active == is_active:
            return UNCHANGED
        before = audit.snapshot(stored)
        stored.is_active = is_active
        stored.save(update_fields=["is_active"])
    with agency_scope(stored.pk):
        audit.record(actor=actor, action="change", target=stored, before=before, after=audit.snapshot(stored))
    return CHANGED


@transaction.atomic
def fee_rate_save(*, actor: User | None, platform: str, fee_rate: Decimal) -> tuple[PlatformFeeRate, str]:
    """Set the fee rate (of gross commission) used for files of `platform` that carry no fee amount.

    Lines that were read before keep the fee they have. Raises RuleError for an unknown platform or a rate
    outside [0, 1].
    """
    guards.platform(platform, field=platform)
    guards.rate(fee_rate, field=platform)
    return save_by(PlatformFeeRate, {"platform": platform}, actor=actor, fee_rate=fee_rate)
