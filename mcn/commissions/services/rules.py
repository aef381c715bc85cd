"""Contract versions with their splits, tiers and overrides. Saved terms are never edited."""

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.keeping import CHANGED, CREATED, UNCHANGED
from mcn.accounts.models import User
from mcn.anchors.models import Contract, ContractVersion
from mcn.commissions.models import Bucket, Override, SplitRule, TierStep
from mcn.commissions.services.checks import check_terms
from mcn.commissions.terms import Split, Terms, terms_of
from mcn.core.errors import RuleError


@transaction.atomic
def contract_version_save(
    *, actor: User | None, contract: Contract, terms: Terms, last_closed: str | None
) -> tuple[ContractVersion, str]:
    """Put terms into force from their `starts_on`; returns the version and the outcome.

    Terms that differ from those with the same start supersede them: a further version is written, and the
    former stays on record (outcome: changed). Raises RuleError for what `check_terms` finds, and where a month
    up to `last_closed`, the agency's last closed one, was settled with the former terms: new terms then need
    a later start, or closed months could no longer be explained.
    """
    Contract.objects.select_for_update().get(pk=contract.pk)
    check_terms(contract, terms)
    versions = ContractVersion.objects.filter(contract=contract, tail_of__isnull=True)
    former = versions.filter(starts_on=terms.starts_on, superseded_at__isnull=True).first()
    if former is not None:
        if terms_of(former).same_as(terms):
            return former, UNCHANGED
        _supersede(former, last_closed)
    version = _write(contract, terms, actor, number=(versions.aggregate(top=Max("number"))["top"] or 0) + 1)
    audit.record(
        actor=actor,
        action="create" if former is None else "supersede",
        target=version,
        before=None if former is None else terms_of(former).as_json(),
        after=terms.as_json(),
    )
    return version, CREATED if former is None else CHANGED


def _supersede(version: ContractVersion, last_closed: str | None) -> None:
    """End the version and its tail. Raises RuleError where a closed month was settled by one of them."""
    both = ContractVersion.objects.filter(Q(pk=version.pk) | Q(tail_of=version))
    if last_closed:
        by_version = Q(version__in=both) | Q(rule__version__in=both) | Q(override__version__in=both)
        settled = Bucket.objects.filter(by_version, period__lte=last_closed).aggregate(last=Max("period"))["last"]
        if settled:
            raise RuleError(
                _("%(period)s was closed with the terms from %(start)s: add a version with a later date instead."),
                field="from",
                period=settled,
                start=version.starts_on,
            )
    both.update(superseded_at=timezone.now())


def _write(contract: Contract, terms: Terms, actor: User | None, *, number: int) -> ContractVersion:
    guarantee = terms.guarantee
    version = ContractVersion(
        contract=contract,
        number=number,
        starts_on=terms.starts_on,
        clawback_window_days=terms.clawback_window_days,
        net_of_tax=terms.net_of_tax,
        created_by=actor,
    )
    if terms.tail is not None:
        version.tail_days = terms.tail.days
        version.tail_share_rate = terms.tail.share
        version.tail_rate = terms.tail.rate
    if guarantee is not None:
        version.guarantee_fen = guarantee.amount_fen
        version.guarantee_min_days = guarantee.min_days
        version.guarantee_min_hours = guarantee.min_hours
        version.guarantee_when_short = guarantee.when_short
        version.guarantee_tested = guarantee.tested
        version.guarantee_repay_months = guarantee.repay_months
        version.guarantee_repay_rate = guarantee.repay_rate
    version.save()
    for position, split in enumerate(terms.splits):
        _write_split(version, split, position)
    Override.objects.bulk_create(
        Override(
            version=version,
            payee=row.payee,
            income=row.income,
            basis=row.basis,
            rate=row.rate,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            borne_by=row.borne_by,
            position=position,
        )
        for position, row in enumerate(terms.overrides)
    )
    if terms.tail is not None:
        _write_tail(version, terms.tail.splits(terms.splits))
    return version


def _write_tail(version: ContractVersion, splits: tuple[Split, ...]) -> None:
    """What orders paid after the contract's end are shared by: no guarantee, no overrides (docs/money.md §3.3)."""
    tail = ContractVersion.objects.create(
        contract=version.contract,
        number=version.number,
        starts_on=version.starts_on,
        clawback_window_days=version.clawback_window_days,
        net_of_tax=version.net_of_tax,
        tail_of=version,
        created_by=version.created_by,
    )
    for position, split in enumerate(splits):
        _write_split(tail, split, position)


def _write_split(version: ContractVersion, split: Split, position: int) -> None:
    rule = SplitRule(version=version, income=split.income, scope=split.scope, rate=split.rate, position=position)
    if split.scope != SplitRule.Scope.NONE:
        setattr(rule, split.scope, split.target)
    if split.tiers is not None:
        rule.tier_metric, rule.tier_mode = split.tiers.metric, split.tiers.mode
    rule.save()
    if split.tiers is not None:
        TierStep.objects.bulk_create(
            TierStep(rule=rule, position=index, up_to=step.up_to, rate=step.rate)
            for index, step in enumerate(split.tiers.steps)
        )
