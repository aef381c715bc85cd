"""After a cause of unmatched money was mended: a job matches the open months again and says what followed.

A month of a million lines takes longer than a page may. Whoever mends the next cause before the job has begun joins
it, so that many mendings are one match.
"""

from dataclasses import asdict

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from mcn.accounts.models import User
from mcn.commissions import desk
from mcn.commissions.models import Mending
from mcn.commissions.unmatched import followed_since, remember_waiting
from mcn.core import formats
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.sales import services as sales
from mcn.settlements.services import moves
from mcn.settlements.services.unmatched import refresh_unmatched

KIND = "match"
MATCHING = gettext_noop("Finding whose each event is")


@transaction.atomic
def start(*, actor: User, reason: str, cause: str, answer: str = "") -> Job:
    """Have the open months matched again, in the transaction that mended `cause`; returns the job that will.

    `reason` and `cause` are those of the queue; the result says what became of their lines. Who mended it and what was
    entered (`answer`, in words) is kept as a Mending.
    """
    # The lock keeps a waiting job from beginning before this transaction has ended, so it sees what was mended.
    waiting = Job.objects.select_for_update().filter(kind=KIND, state=Job.State.QUEUED).order_by("pk").first()
    if waiting is None:
        waiting = jobs.start(actor=actor, kind=KIND, parameters={"causes": [[reason, cause]]})
    else:
        waiting.parameters["causes"].append([reason, cause])
        waiting.save(update_fields=["parameters"])
    found = desk.members(reason, cause).aggregate(lines=Count("id"), pool_fen=Coalesce(Sum("pool_fen"), 0))
    Mending.objects.create(reason=reason, cause=cause, answer=answer[:200], actor=actor, job=waiting, **found)
    return waiting


def run(run: JobRun) -> None:
    """The body of the job: all in one transaction, its counts too. Raises NotAllowed for who sees no sales data."""
    with transaction.atomic():
        moves.check_allowed(run.actor, "sales.view")
        sales.lock_sales()  # no import and no calculation of the agency beside this
        remember_waiting()
        refresh_unmatched(progress=lambda done, total: run.progress(done, total, MATCHING))
        followed = followed_since((reason, cause) for reason, cause in run.parameters["causes"])
        run.finish(asdict(followed))


def worded(job: Job) -> list[str]:
    """What became of the lines, in sentences in the current language; nothing for any other job."""
    if job.kind != KIND or job.state != Job.State.DONE:
        return []
    found = job.counts
    sentences = []
    if found["followed"]:
        text = ngettext(
            "%(n)s line with %(amount)s has found its owner. The next calculation settles it.",
            "%(n)s lines with %(amount)s have found their owner. The next calculation settles them.",
            found["followed"],
        )
        sentences.append(text % {"n": f"{found['followed']:,}", "amount": formats.money(found["followed_fen"])})
    if found["moved"]:
        text = ngettext(
            "%(n)s line waits for another reason now.", "%(n)s lines wait for another reason now.", found["moved"]
        )
        sentences.append(text % {"n": f"{found['moved']:,}"})
    if found["left"]:
        text = ngettext(
            "%(n)s line of this cause is left, for instance because it was paid before that day or its month is in"
            " review.",
            "%(n)s lines of this cause are left, for instance because they were paid before that day or their month"
            " is in review.",
            found["left"],
        )
        sentences.append(text % {"n": f"{found['left']:,}"})
    return sentences or [_("No line had to follow: nothing of this cause waits any more.")]
