"""Have something tried out on the last closed months: a job whose row keeps what came of it for 30 days."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.anchors.models import Anchor, Contract
from mcn.commissions.engine.codec import from_json, to_json
from mcn.commissions.models import SplitRule
from mcn.commissions.services.checks import check_terms
from mcn.commissions.terms import Terms
from mcn.core.errors import Conflict, RuleError
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.settlements.inputs import load
from mcn.settlements.models import Period
from mcn.settlements.services import moves
from mcn.settlements.whatif.replay import replay
from mcn.settlements.whatif.scenario import RuleChange, Scenario, draft_of

KIND = "what_if"
PERMISSION = "contracts.simulate"
KEPT = timedelta(days=30)
MOST_MONTHS = 12
REPLAYING = gettext_noop("Reckoning closed months again")
ALL = "*"  # what a change of rules works on, for the one job at a time


@transaction.atomic
def start_draft(*, actor: User, contract: Contract, terms: Terms, months: int, form: dict[str, str]) -> Job:
    """Try the terms of a contract on the last closed months, at most so many; `form` is kept for going back to them.

    Raises RuleError for terms that could not be saved either or a number of months outside 1 to 12, Conflict where
    no month is closed or a trial of the contract is under way, and NotAllowed.
    """
    check_terms(contract, terms)
    scenario = Scenario(draft=draft_of(contract, terms))
    return _start(actor, scenario, months, contract.number, {"contract": contract.pk, "form": form}, contract)


@transaction.atomic
def start_change(
    *, actor: User, anchors: list[Anchor], income: str, points: Fraction, bounds: Fraction, months: int
) -> Job:
    """Try one change of all rules of these anchors (none: of all) on the last closed months.

    `points` is added to every rate of the income (0.05: five points), `bounds` multiplies every bound of its tiers.
    Raises RuleError where this changes nothing, or a rule of today would leave 0 to 100 %; else as `start_draft` does.
    """
    if income not in SplitRule.Income.values:
        raise RuleError(_("There is no such income."), field="income")
    if not -1 <= points <= 1 or (points * 1_000_000).denominator != 1:
        raise RuleError(_("Points are between −100 and 100, with at most four decimals."), field="points")
    if not 0 < bounds <= 100:
        raise RuleError(_("The factor is above 0 and at most 100."), field="bounds")
    if points == 0 and bounds == 1:
        raise RuleError(_("This changes nothing: give points, or a factor other than 1."), field="points")
    codes = tuple(sorted(anchor.code for anchor in anchors))
    scenario = Scenario(change=RuleChange(codes, income, points, bounds))  # type: ignore[arg-type]
    scenario.in_place(load(_closed_months(months)[-1]))
    return _start(actor, scenario, months, ALL, {}, None)


def _start(
    actor: User, scenario: Scenario, months: int, subject: str, more: dict[str, Any], target: Contract | None
) -> Job:
    moves.check_allowed(actor, PERMISSION)
    codes = _closed_months(months)
    parameters = {"months": codes, "scenario": to_json(scenario), **more}
    job = jobs.start(actor=actor, kind=KIND, subject=subject, parameters=parameters)
    audit.record(actor=actor, action="try_out", target=target or job, after={"months": codes})
    return job


def _closed_months(months: int) -> list[str]:
    """The last closed months, oldest first."""
    if not 1 <= months <= MOST_MONTHS:
        raise RuleError(_("Choose 1 to %(most)s months."), field="months", most=MOST_MONTHS)
    rows = Period.objects.filter(state=Period.State.CLOSED).order_by("-code").values_list("code", flat=True)
    codes = sorted(rows[:months])
    if not codes:
        raise Conflict(_("No month is closed yet: there is nothing to try this on."))
    return codes


def run(run: JobRun) -> dict[str, Any]:
    """The body of the job; returns `months`, each as `replay` gives it. Raises NotAllowed, and as `replay` does."""
    with transaction.atomic():
        moves.check_allowed(run.actor, PERMISSION)
    scenario = scenario_of(run.parameters)
    codes, found = run.parameters["months"], []
    for number, code in enumerate(codes):
        run.progress(number, len(codes), REPLAYING)
        found.append(replay(code, scenario))
    return {"months": found}


def scenario_of(parameters: dict[str, Any]) -> Scenario:
    """What a job's parameters put in place of what was in force."""
    return from_json(Scenario, parameters["scenario"])


def kept() -> QuerySet[Job]:
    """The trials of the agency in scope that are still kept, newest first."""
    rows = Job.objects.filter(kind=KIND, created_at__gte=timezone.now() - KEPT)
    return rows.select_related("actor").order_by("-created_at", "-pk")


def forget() -> int:
    """Empty the trials of the agency in scope that are kept no more: they name what people got. Returns how many."""
    with transaction.atomic():
        old = Job.objects.filter(kind=KIND, created_at__lt=timezone.now() - KEPT).exclude(counts={}, parameters={})
        return old.exclude(state__in=Job.OPEN).update(counts={}, parameters={})
