"""Ghost rules: a trial that is kept and reckoned beside every further calculation, and never paid.

A job does so after a month was calculated, as for refund exposure; it takes no lock that a calculation waits for.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import Conflict, DomainError, RuleError
from mcn.core.periods import Period as Month
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.settlements.models import GhostMonth, GhostRule, Period
from mcn.settlements.selectors import last_closed_period
from mcn.settlements.services import moves
from mcn.settlements.services.periods import is_stale
from mcn.settlements.whatif import job as trials
from mcn.settlements.whatif.replay import replay
from mcn.tenancy.snapshot import snapshot

KIND = "ghosts"
MOST = 5  # each costs a calculation
RECKONING = gettext_noop("Reckoning with ghost rules")


@transaction.atomic
def keep(*, actor: User, trial: Job, name: str, note: str) -> GhostRule:
    """Keep what was tried out as a ghost rule, from the first month on that is not closed.

    Months that are calculated already are reckoned at once. Raises RuleError for no name or one that is taken,
    Conflict beyond five that count, and NotAllowed.
    """
    moves.check_allowed(actor, trials.PERMISSION)
    name = name.strip()
    if not name:
        raise RuleError(_("Give the ghost rule a name."), field="name")
    if GhostRule.objects.filter(name=name).exists():
        raise RuleError(_("There is a ghost rule of this name already."), field="name")
    if in_force().count() >= MOST:
        raise Conflict(_("There are %(most)s ghost rules already: end one first."), most=MOST)
    ghost = GhostRule.objects.create(
        name=name, note=note.strip(), since=_since(trial), scenario=trial.parameters["scenario"], created_by=actor
    )
    audit.record(actor=actor, action="create", target=ghost, after={"name": name, "since": ghost.since})
    start(actor=actor)
    return ghost


def _since(trial: Job) -> str:
    """The first month that is not closed."""
    return str(Month.parse(last_closed_period() or trial.parameters["months"][-1]).next)


@transaction.atomic
def end(*, actor: User, ghost: GhostRule) -> None:
    """Reckon with it no more; what it gave so far stays. Raises Conflict where it has ended, and NotAllowed."""
    moves.check_allowed(actor, trials.PERMISSION)
    if not GhostRule.objects.filter(pk=ghost.pk, ended_at=None).update(ended_at=timezone.now()):
        raise Conflict(_("The ghost rule has ended already."))
    audit.record(actor=actor, action="change", target=ghost, before={"ended": False}, after={"ended": True})


def in_force() -> QuerySet[GhostRule]:
    """The ghost rules that count, by name."""
    return GhostRule.objects.filter(ended_at=None).order_by("name")


@transaction.atomic
def start(*, actor: User | None) -> Job | None:
    """Have what is missing reckoned, in the transaction that calculated a month; None where there is no ghost rule.

    A job that waits does for several calculations.
    """
    if not in_force().exists():
        return None
    waiting = Job.objects.select_for_update().filter(kind=KIND, state=Job.State.QUEUED).order_by("pk").first()
    return waiting or jobs.start(actor=actor, kind=KIND)


def missing() -> list[tuple[GhostRule, Period]]:
    """Ghost rules with the months that were calculated since they were last reckoned with them."""
    found = []
    for ghost in in_force():
        made = dict(GhostMonth.objects.filter(ghost=ghost).values_list("period", "calculated_at"))
        months = Period.objects.filter(code__gte=ghost.since, calculated_at__isnull=False).defer("inputs")
        found += [(ghost, row) for row in months.order_by("code") if made.get(row.pk) != row.calculated_at]
    return found


@dataclass(frozen=True)
class NotReckoned:
    """A calculated month that a ghost rule says nothing about, or nothing new: because its data `changed` since its
    calculation, or else because its job is still to come or the rule no longer fits."""

    ghost: GhostRule
    period: Period
    changed: bool


def not_reckoned(*, ghost: GhostRule | None = None, period: Period | None = None) -> list[NotReckoned]:
    """The months that are missing of one ghost rule, or the ghost rules that are missing of one month."""
    todo = [
        (rule, row)
        for rule, row in missing()
        if (ghost is None or rule.pk == ghost.pk) and (period is None or row.pk == period.pk)
    ]
    months = {row.pk: row for _rule, row in todo}
    changed = {pk: row.state != Period.State.CLOSED and is_stale(row) for pk, row in months.items()}
    return [NotReckoned(rule, row, changed[row.pk]) for rule, row in todo]


def run(run: JobRun) -> dict[str, Any]:
    """The body of the job; returns the `months` that were reckoned and those that were `skipped` because the month has
    to be calculated again or the rule no longer fits: `not_reckoned` tells of them. Raises NotAllowed."""
    with transaction.atomic():
        moves.check_allowed(run.actor, trials.PERMISSION)
        todo = missing()
    done: list[str] = []
    skipped: list[str] = []
    for number, (ghost, row) in enumerate(todo):
        run.progress(number, len(todo), RECKONING)
        try:
            with snapshot():
                result = replay(row.code, trials.scenario_of({"scenario": ghost.scenario}))
        except DomainError:
            skipped.append(row.code)
            continue
        with transaction.atomic():
            if Period.objects.filter(pk=row.pk, calculated_at=row.calculated_at).exists():
                GhostMonth.objects.filter(ghost=ghost, period=row).delete()
                GhostMonth.objects.create(ghost=ghost, period=row, calculated_at=row.calculated_at, result=result)
                done.append(row.code)
    return {"months": sorted(set(done)), "skipped": sorted(set(skipped))}
