"""A worker is killed at any statement of a job, again and again: what comes of it is what comes of one left in peace.

Two agencies hold the same. In one the job runs undisturbed; in the other its worker dies at the first step on the
database, the next one at the second, and so on. `tests/acceptance/test_killed_worker.py` kills real processes.
"""

import hashlib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Anchor, PlatformAccount
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.jobs.registry import KINDS
from mcn.settlements import intake, mending, services
from mcn.settlements.exports import jobs as exports
from mcn.settlements.exports import statement_book_job
from mcn.settlements.exposure import job as exposure
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.models import ExposureMonth, ExposureSum, ReportMonth, ReportSum
from mcn.settlements.proof_pack import job as packs
from mcn.settlements.whatif import ghosts
from mcn.settlements.whatif import job as trials
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.acceptance.big_month import contents
from tests.agencies import World, make_world
from tests.killed import killed_everywhere, living
from tests.sales.platform_files import as_csv, rows_of
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db(transaction=True)
FOLLOWING = (ExposureMonth, ExposureSum, ReportMonth, ReportSum)
MAKES_FILES = {"export", "statement_xlsx", "proof_pack"}
SAYS_WHAT_IT_DID = {"exposure", "ghosts", "close, the whole way"}  # after a kill only what was left
STAFF = {"submitted_by": "finance@{}.test", "approved_by": "approver@{}.test"}


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def twins(xinghe: World) -> tuple[Books, Books]:
    """June is closed with 100.00 shared and 12.34 left over; July has 200.00 more and a refund of June's, and is
    calculated, but for another 5.00; 3.00 are nobody's. The second agency has the same, to the name."""
    made = []
    for world in (xinghe, make_world("twin", xinghe.agency.name, anchor=True)):
        desk = Books(world)
        with world.open():
            desk.roster()
            desk.event("1", 10000, JUNE)
            desk.event("2", 1234, JUNE, account="9")
            desk.close(JUNE, accepted_unmatched_fen=1234)
            desk.event("3", 20000, JULY)
            desk.event("1", -4000, JULY, kind="clawback")
            desk.event("5", 300, JULY, account="8")
            desk.calculate(JULY)
            desk.event("4", 500, JULY)
        made.append(desk)
    return made[0], made[1]


# ── Every kind of job ────────────────────────────────────────────────────────────────────────────────


def bring_in(desk: Books, *, preview: bool) -> Job:
    source = io.BytesIO(as_csv(rows_of("douyin_alliance")).encode())
    exported_at = datetime(2026, 8, 2, tzinfo=UTC)
    options: dict[str, Any] = {"preview": preview, "hand_over": False, "exported_at": exported_at}
    return intake.submit(actor=desk.people.finance, name="orders.csv", source=source, **options)[1]


def of_july(desk: Books, kind: str, **more: Any) -> Job:
    actor = None if "submitted_by" in more else desk.people.approver
    return jobs.create(actor=actor, kind=kind, subject=JULY, parameters={"period": JULY, **more})


def match(desk: Books) -> Job:
    anchor = Anchor.objects.get(code="A01")
    PlatformAccount.objects.create(anchor=anchor, platform="douyin", account_id="9", starts_on=date(2026, 1, 1))
    return mending.start(actor=desk.people.owner, reason="unknown_account", cause="douyin:9")


def submit(desk: Books) -> Job:
    desk.calculate(JULY)
    return of_july(desk, "submit")


def close(desk: Books) -> Job:
    desk.calculate(JULY)
    services.submit(actor=desk.people.finance, period=JULY)
    services.approve(actor=desk.people.approver, period=JULY)
    return of_july(desk, "close", accepted_unmatched_fen=300)


def close_the_whole_way(desk: Books) -> Job:
    staff = {name: email.format(desk.people.agency.slug) for name, email in STAFF.items()}
    return of_july(desk, "close", accepted_unmatched_fen=300, **staff)


def what_if(desk: Books) -> Job:
    return trials.start_change(
        actor=desk.people.finance,
        anchors=[],
        income="commission",
        points=Fraction(1, 20),
        bounds=Fraction(1),
        months=1,
    )


def two_ghosts(desk: Books) -> Job:
    desk.calculate(JULY)
    for name in ("一", "二"):
        ghosts.keep(actor=desk.people.finance, trial=what_if_kept(desk), name=name, note="")
    return Job.objects.get(kind="ghosts")


def what_if_kept(desk: Books) -> Job:
    return Job.objects.filter(kind="what_if").first() or what_if(desk)


ORDERS: dict[str, Callable[[Books], Job]] = {
    "import": lambda desk: bring_in(desk, preview=False),
    "preview": lambda desk: bring_in(desk, preview=True),
    "calculate": lambda desk: of_july(desk, "calculate"),
    "exposure": lambda desk: exposure.start(actor=desk.people.finance),
    "match": match,
    "submit": submit,
    "close": close,
    "close, the whole way": close_the_whole_way,
    "verify": lambda desk: jobs.create(actor=desk.people.finance, kind="verify"),
    "statement_xlsx": lambda desk: statement_book_job.start(actor=desk.people.finance, statement=desk.statement(JUNE)),
    "proof_pack": lambda desk: packs.start(actor=desk.people.finance, period=JUNE),
    "what_if": what_if,
    "ghosts": two_ghosts,
    "export": lambda desk: exports.start(
        actor=desk.people.finance,
        period=JUNE,
        what=["statements", "lines", "unmatched", "payouts", "tax", "vouchers"],
        formats=["csv", "xlsx"],
    ),
    "export, of a report": lambda desk: exports.start(actor=None, period=JUNE, what=["report"], formats=[]),
}


def test_every_kind_of_job_is_killed() -> None:
    assert {name.split(",")[0] for name in ORDERS} == KINDS.keys() - {"pull"}  # test_pulling.py kills that one


@pytest.mark.parametrize("name", ORDERS)
def test_a_job_killed_anywhere_comes_to_the_same(twins: tuple[Books, Books], name: str) -> None:
    killed, in_peace = twins
    made = {}
    for desk in twins:
        with desk.people.open():
            made[desk.people.id] = ORDERS[name](desk).pk

    with agency_scope(in_peace.people.id), living() as life:
        expected = jobs.run(made[in_peace.people.id])
    assert expected.state == "done", expected.error_text()

    def work() -> Job:
        with transaction.atomic():
            Job.objects.filter(pk=made[killed.people.id]).update(attempts=1)
        return jobs.run(made[killed.people.id])

    with agency_scope(killed.people.id):
        deaths = killed_everywhere(work, life.steps)
        found = work()
    assert deaths > 5
    assert found.state == "done", found.error_text()
    if name not in SAYS_WHAT_IT_DID:
        assert neutral(killed, found.counts) == neutral(in_peace, expected.counts)
    assert contents(killed.people, *FOLLOWING) == contents(in_peace.people, *FOLLOWING)
    assert jobs_of(killed) == jobs_of(in_peace)
    once, told = trail(killed), trail(in_peace)
    assert once.keys() == told.keys()
    if found.kind not in MAKES_FILES:  # a file that is made twice is told twice
        assert once == told
    if found.kind in MAKES_FILES:
        assert files_of(killed).keys() == files_of(in_peace).keys()
        assert digest_of(killed, found) == digest_of(killed, again(killed, name))  # a twin's tells when it was closed
    else:
        assert files_of(killed) == files_of(in_peace)
    with killed.people.open():
        assert [check for check in agency_checks() if not check.agrees] == []
        assert [check for month in month_checks() for check in month.checks if not check.agrees] == []


# ── What is compared ─────────────────────────────────────────────────────────────────────────────────


def jobs_of(desk: Books) -> Counter[tuple[str, str]]:
    """How many jobs of which kind there are, and their states: those that follow one another, too."""
    with desk.people.open():
        return Counter(Job.objects.values_list("kind", "state"))


def trail(desk: Books) -> Counter[tuple[str, str]]:
    with desk.people.open():
        return Counter(AuditEntry.objects.values_list("action", "target"))


def neutral(desk: Books, text: Any) -> str:
    """Without what tells the twins apart: the agency's short name, and with it hashes and sizes."""
    return re.sub(r"'(content_hash|hash|sha256|size)': ('\w*'|\d+)", "", str(text)).replace(desk.people.agency.slug, "")


def files_of(desk: Books) -> dict[str, str]:
    """The agency's files by name, with a digest of what they hold; numbers and random names are none of it."""
    found = {}
    with agency_scope(desk.people.id):
        root = files.folder()
        for path in sorted(root.rglob("*")):
            if path.is_file():
                place = re.sub(r"[0-9a-f-]{20,}|(?<=/)\d+(?=/)", "…", f"/{path.relative_to(root)}")
                found[place] = _digest(path)
    return found


def again(desk: Books, name: str) -> Job:
    """The same ordered once more, and made undisturbed."""
    with desk.people.open():
        order = ORDERS[name](desk)
    with agency_scope(desk.people.id):
        return jobs.run(order.pk)


def digest_of(desk: Books, job: Job) -> str:
    with agency_scope(desk.people.id):
        return _digest(files.path_of(job.result_file))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name not in {"manifest.json", "chain.json", "docProps/core.xml"}:
                    digest.update(name.encode() + b"\0" + _inner(archive.read(name)))
    else:
        digest.update(_inner(path.read_bytes()))
    return digest.hexdigest()


def _inner(content: bytes) -> bytes:
    """What a file in a file holds: an archive's hold the moment at which they were packed."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if name != "docProps/core.xml")
