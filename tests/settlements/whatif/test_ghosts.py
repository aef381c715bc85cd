"""Ghost rules: reckoned beside every calculation of an open month, never paid."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements.models import GhostMonth, GhostRule, Period
from mcn.settlements.whatif import ghosts
from mcn.settlements.whatif.job import start_change
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books


@pytest.fixture
def books(inside: World) -> Iterator[Books]:
    """June is closed; July holds 20.00 at 35 % and is calculated."""
    books = Books(inside)
    books.roster()
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    books.event("2", 2000, JULY)
    books.calculate(JULY)
    yield books


def trial(books: Books) -> Job:
    return start_change(
        actor=books.people.finance,
        anchors=[],
        income="commission",
        points=Fraction(1, 20),
        bounds=Fraction(1),
        months=1,
    )


def kept(books: Books, name: str = "五点") -> GhostRule:
    job = Job.objects.filter(kind="what_if").first() or trial(books)
    return ghosts.keep(actor=books.people.finance, trial=job, name=name, note="")


def reckon(books: Books) -> dict:
    """Run the job that waits."""
    return jobs.run(Job.objects.get(kind="ghosts", state="queued").pk).counts


def july(ghost: GhostRule) -> tuple[list[int], list[int]]:
    """Sums of earned and top-up, before and after."""
    before, after = GhostMonth.objects.get(ghost=ghost, period__code=JULY).result["sums"]
    return before[:2], after[:2]


def test_a_calculated_month_is_reckoned_at_once_and_a_closed_one_is_not(books: Books) -> None:
    """20.00 at 40 %."""
    ghost = kept(books)
    assert ghost.since == JULY
    assert reckon(books) == {"months": [JULY], "skipped": []}
    assert july(ghost) == ([700, 0], [800, 0])
    assert books.statement(JULY).earned_fen == 700
    assert ghosts.missing() == []


def test_a_new_calculation_is_reckoned_again(books: Books) -> None:
    ghost = kept(books)
    reckon(books)
    books.event("3", 1000, JULY)
    books.calculate(JULY)
    assert [(one, row.code) for one, row in ghosts.missing()] == [(ghost, JULY)]
    assert ghosts.start(actor=books.people.finance) == ghosts.start(actor=books.people.finance)
    reckon(books)
    assert july(ghost) == ([1050, 0], [1200, 0])


def test_a_month_whose_data_changed_waits_for_its_calculation(books: Books) -> None:
    ghost = kept(books)
    books.event("3", 1000, JULY)
    assert reckon(books) == {"months": [], "skipped": [JULY]}
    assert not GhostMonth.objects.filter(ghost=ghost).exists()
    july = Period.objects.get(code=JULY)
    for told in (ghosts.not_reckoned(ghost=ghost), ghosts.not_reckoned(period=july)):
        assert [(row.ghost, row.period.code, row.changed) for row in told] == [(ghost, JULY, True)]
    books.calculate(JULY)
    assert [row.changed for row in ghosts.not_reckoned(ghost=ghost)] == [False]
    ghosts.start(actor=books.people.finance)
    reckon(books)
    assert ghosts.not_reckoned(ghost=ghost) == []


def test_what_was_reckoned_stays_when_the_month_closes(books: Books) -> None:
    ghost = kept(books)
    reckon(books)
    books.close(JULY)
    kept_month = GhostMonth.objects.get(ghost=ghost)
    assert kept_month.result["sums"][1][0] == 800


def test_an_ended_one_is_reckoned_no_more(books: Books) -> None:
    ghost = kept(books)
    ghosts.end(actor=books.people.finance, ghost=ghost)
    assert ghosts.missing() == []
    assert ghosts.start(actor=books.people.finance) is None
    with pytest.raises(Conflict):
        ghosts.end(actor=books.people.finance, ghost=ghost)


def test_what_cannot_be_kept_is_refused(books: Books) -> None:
    for number in range(ghosts.MOST):
        kept(books, f"{number}")
    with pytest.raises(Conflict):
        kept(books, "one more")
    ghosts.end(actor=books.people.finance, ghost=GhostRule.objects.get(name="0"))
    with pytest.raises(RuleError):
        kept(books, "1")
    with pytest.raises(RuleError):
        kept(books, " ")
    with pytest.raises(NotAllowed):
        ghosts.keep(actor=books.people.user("auditor"), trial=Job.objects.first(), name="x", note="")


def test_who_lost_the_right_reckons_nothing(books: Books) -> None:
    kept(books)
    job = Job.objects.get(kind="ghosts")
    Job.objects.filter(pk=job.pk).update(actor=books.people.user("trainer"))
    assert jobs.run(job.pk).state == "failed"
