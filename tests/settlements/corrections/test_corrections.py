"""Corrections: two persons, one month that pays, and closed months that stay as they are."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection, connections, transaction
from django.utils import translation

from mcn.accounts.models import AuditEntry, User
from mcn.anchors.models import Anchor, Payee
from mcn.commissions.models import ShareLine
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.sales.importers import other_income
from mcn.sales.models import Entry
from mcn.sales.services.entries import entry_save
from mcn.settlements import corrections, pdf, proof, services
from mcn.settlements.ledger.books import month_checks
from mcn.settlements.models import Correction, LedgerEntry, Period, Statement
from mcn.settlements.places import Place, of_share, of_statement
from mcn.settlements.statements.lines import buckets_of, lines_of
from mcn.settlements.statements.story import story
from mcn.settlements.verification import verify
from mcn.tenancy import files
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.pdf.reading import text_of
from tests.settlements.proof_pack import packs

PDF = b"%PDF-1.7 ..."


@pytest.fixture
def books(inside: World) -> Books:
    """June closed: A01 earned 35.00, of which 10.50 went against the advance. July holds 20.00."""
    desk = Books(inside)
    desk.roster()
    desk.event("1001", 10000, JUNE)
    desk.close(JUNE)
    desk.event("1002", 2000, JULY)
    return desk


def ask(books: Books, amount_fen: int = 1234, *, place: Place | None = None, actor: User | None = None) -> Correction:
    return corrections.request(
        actor=actor or books.people.finance,
        place=place or of_statement(books.statement(JUNE)),
        amount_fen=amount_fen,
        reason="主播比例应为 40 %",
    )


def approved(books: Books, amount_fen: int = 1234, *, place: Place | None = None) -> Correction:
    asked = ask(books, amount_fen, place=place)
    return corrections.approve(actor=books.people.approver, correction_id=asked.pk)


def everything_of(code: str) -> tuple[object, ...]:
    """The rows of a closed month as they are, with its hash."""
    period = Period.objects.get(code=code)
    return (
        *Period.objects.filter(code=code).values_list(),
        *Statement.objects.filter(period=period).order_by("pk").values_list(),
        *ShareLine.objects.filter(period=code).order_by("pk").values_list(),
        proof.content_hash(period, period.previous_hash, leftovers=True),
    )


# ── The money ─────────────────────────────────────────────────────────────────────────────────────


def test_an_approved_correction_is_paid_by_the_first_open_month_as_a_bonus(books: Books) -> None:
    before = everything_of(JUNE)
    correction = approved(books)
    entry = correction.made
    assert entry is not None
    assert (entry.income, entry.amount_fen, entry.settle_period, entry.code) == (
        "correction", 1234, JULY, "COR-00001",
    )  # fmt: skip
    assert entry.date == date(2026, 7, 31)  # the day of July that is nearest to today
    books.close(JULY)
    july = books.statement(JULY)
    # 35 % of 20.00; the correction whole; 30 % of 19.34 against the advance; no tax on so little
    assert (july.commission_share_fen, july.bonus_fen, july.earned_fen) == (700, 1234, 1934)
    assert (july.advance_recouped_fen, july.tax_fen, july.net_pay_fen) == (580, 0, 1354)
    assert everything_of(JUNE) == before
    assert verify()["differences"] == 0


def test_tax_counts_it(books: Books) -> None:
    approved(books, 1_000_000)
    books.close(JULY)
    july = books.statement(JULY)
    # 10,007.00 × 80 % × 20 %; of the advance 49.50 are left
    assert (july.taxable_fen, july.tax_fen, july.advance_recouped_fen) == (1_000_700, 160_112, 4950)


def test_a_correction_below_zero_takes_back(books: Books) -> None:
    approved(books, -1000)
    books.close(JULY)
    july = books.statement(JULY)
    assert (july.bonus_fen, july.earned_fen, july.net_pay_fen, july.carried_forward_fen) == (-1000, -300, 0, -300)
    assert verify()["differences"] == 0


def test_the_books_hold_it_as_a_cost_alone(books: Books) -> None:
    approved(books)
    books.close(JULY)
    sides = {
        account: sum(entry.debit_fen - entry.credit_fen for entry in LedgerEntry.objects.filter(account=account))
        for account in ("commission_income", "anchor_cost")
    }
    assert sides == {"commission_income": -12000, "anchor_cost": 3500 + 700 + 1234}
    assert all(check.agrees for month in month_checks() for check in month.checks)


def test_the_proof_pack_recomputes_it(books: Books, tmp_path: Path) -> None:
    approved(books)
    approved(books, -56)
    books.close(JULY)
    pack = tmp_path / "pack.zip"
    packs.build(JULY, pack)
    code, said = packs.verify(pack)
    assert code == 0, said


def test_a_month_that_is_still_open_pays_its_own_correction(books: Books) -> None:
    books.event("1003", 100, "2026-08")
    books.calculate(JULY)
    books.calculate("2026-08")
    assert approved(books, place=of_statement(books.statement("2026-08"))).made.settle_period == "2026-08"  # type: ignore[union-attr]
    assert approved(books, place=of_statement(books.statement(JULY))).made.settle_period == JULY  # type: ignore[union-attr]
    assert approved(books, place=Place(Payee.objects.get())).made.settle_period == JULY  # type: ignore[union-attr]


def test_before_any_month_is_closed_the_earliest_one_pays(inside: World) -> None:
    desk = Books(inside)
    desk.roster()
    desk.event("1001", 10000, JUNE)
    desk.calculate(JUNE)
    assert approved(desk, place=Place(Payee.objects.get())).made.settle_period == JUNE  # type: ignore[union-attr]


def test_months_before_the_first_are_history_and_pay_nothing(inside: World) -> None:
    Books(inside).roster()
    Period.objects.create(code=JUNE)
    Agency.objects.filter(pk=inside.id).update(first_period=JULY)
    assert approved(Books(inside), place=Place(Payee.objects.get())).made.settle_period == JULY  # type: ignore[union-attr]


# ── Told ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_statement_tells_it_as_a_part_of_the_bonus_with_reason_and_what_it_corrects(books: Books) -> None:
    Entry.objects.create(
        code="B1",
        anchor=Anchor.objects.get(),
        income="bonus",
        date=date(2026, 7, 5),
        amount_fen=300,
        settle_period=JULY,
    )
    share = ShareLine.objects.get(period=JUNE)
    approved(books, place=of_share(share.pk))
    books.calculate(JULY)
    statement = books.statement(JULY)
    buckets = buckets_of(statement)
    with translation.override("en"):
        lines = {line.name: line for line in lines_of(statement, None, buckets)}
        told = [(fact.sentence, fact.amount, fact.corrects) for fact in story(statement, buckets)]
    assert lines["bonus"].amount == 1534
    part = lines["corrections"]
    assert (part.label, part.amount, part.is_part) == ("of it corrections", 1234, True)
    assert part.source == "COR-00001 · order 1001 of Jun 2026: 主播比例应为 40 %"
    assert ("Bonus", 300, "") in told
    assert ("Correction, order 1001 of Jun 2026: 主播比例应为 40 %", 1234, JUNE) in told
    assert sum(amount for sentence, amount, _month in told if "Advances" not in sentence) == statement.earned_fen


def test_the_paper_tells_it(books: Books) -> None:
    approved(books)
    books.close(JULY)
    statement = Statement.objects.select_related("period", "payee").get(period__code=JULY)
    with translation.override("zh-hans"):
        paper = text_of(pdf.statement_pdf(books.people.agency, statement)).replace(" ", "")
    assert "其中更正" in paper
    assert "COR-00001·2026年6月结算单:主播比例应为40%" in paper


def test_a_statement_without_one_has_no_such_line(books: Books) -> None:
    ask(books)
    books.calculate(JULY)
    statement = books.statement(JULY)
    assert "corrections" not in {line.name for line in lines_of(statement, None, buckets_of(statement))}


# ── Two persons, and every guard ──────────────────────────────────────────────────────────────────


def test_nobody_decides_on_the_own_request(books: Books) -> None:
    asked = ask(books)
    for decide in (
        lambda: corrections.approve(actor=books.people.finance, correction_id=asked.pk),
        lambda: corrections.reject(actor=books.people.finance, correction_id=asked.pk, reason="no"),
    ):
        with translation.override("en"), pytest.raises(NotAllowed, match="second person"):
            decide()
    assert not Entry.objects.exists()


def test_nobody_decides_on_the_own_pay(books: Books) -> None:
    asked, member = ask(books), books.people.members["anchor"]
    member.roles = ["anchor", "finance"]
    member.save()
    with translation.override("en"), pytest.raises(NotAllowed, match="own pay"):
        corrections.approve(actor=books.people.anchor, correction_id=asked.pk)


def test_the_database_refuses_one_person_too(books: Books) -> None:
    asked = ask(books)
    with pytest.raises(Error, match="correction_second_person"), transaction.atomic():
        Correction.objects.filter(pk=asked.pk).update(state="rejected", decided_by=books.people.finance)


@pytest.mark.parametrize("role", ["talent", "auditor", "operations", "anchor"])
def test_who_lacks_the_right_neither_asks_nor_decides(books: Books, role: str) -> None:
    actor, asked = books.people.user(role), ask(books)
    with pytest.raises(NotAllowed):
        ask(books, actor=actor)
    with pytest.raises(NotAllowed):
        corrections.approve(actor=actor, correction_id=asked.pk)
    with pytest.raises(NotAllowed):
        corrections.reject(actor=actor, correction_id=asked.pk, reason="no")


def test_it_is_decided_once(books: Books) -> None:
    done = approved(books)
    for decide in (
        lambda: corrections.approve(actor=books.people.owner, correction_id=done.pk),
        lambda: corrections.reject(actor=books.people.owner, correction_id=done.pk, reason="no"),
    ):
        with pytest.raises(Conflict, match="COR-00001"):
            decide()
    assert Entry.objects.count() == 1


def test_a_rejected_one_pays_nothing_and_says_why(books: Books) -> None:
    asked = ask(books)
    with pytest.raises(RuleError):
        corrections.reject(actor=books.people.approver, correction_id=asked.pk, reason="  ")
    refused = corrections.reject(actor=books.people.approver, correction_id=asked.pk, reason="合同写的是 35 %")
    assert (refused.state, refused.refusal, refused.made) == ("rejected", "合同写的是 35 %", None)
    assert not Entry.objects.exists()


@pytest.mark.parametrize(("amount_fen", "reason", "field"), [(0, "x", "amount"), (1, "  ", "reason")])
def test_it_needs_an_amount_and_a_reason(books: Books, amount_fen: int, reason: str, field: str) -> None:
    with pytest.raises(RuleError) as refused:
        corrections.request(
            actor=books.people.finance,
            place=of_statement(books.statement(JUNE)),
            amount_fen=amount_fen,
            reason=reason,
        )
    assert refused.value.field == field


def test_only_anchors_have_entries(books: Books) -> None:
    agent = Payee.objects.create(code="G01", name="李强", kind="labour", legal_name="李强")
    with pytest.raises(RuleError, match="李强"):
        ask(books, place=Place(agent))


@pytest.mark.parametrize("steps", [("submit",), ("submit", "approve")])
def test_a_month_in_review_is_left_alone(books: Books, steps: tuple[str, ...]) -> None:
    asked = ask(books)
    books.calculate(JULY)
    services.submit(actor=books.people.finance, period=JULY)
    if "approve" in steps:
        services.approve(actor=books.people.approver, period=JULY)
    with pytest.raises(Conflict, match=JULY):
        corrections.approve(actor=books.people.approver, correction_id=asked.pk)
    assert Correction.objects.get().state == "requested"
    assert not Entry.objects.exists()


def test_a_calculated_month_is_stale_afterwards(books: Books) -> None:
    books.calculate(JULY)
    approved(books)
    with translation.override("en"), pytest.raises(Conflict, match="changed after it was calculated"):
        services.submit(actor=books.people.finance, period=JULY)


@pytest.mark.django_db(transaction=True)
def test_a_month_that_is_being_worked_on_is_not_waited_for(xinghe: World) -> None:
    desk = Books(xinghe)
    with xinghe.open():
        desk.roster()
        desk.event("1001", 10000, JUNE)
        desk.calculate(JUNE)
        asked = ask(desk)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("select from settlements_period where code = %s for update", [JUNE])
        with translation.override("en"), xinghe.open(), pytest.raises(Conflict, match="just being worked on"):
            corrections.approve(actor=xinghe.approver, correction_id=asked.pk)
    with xinghe.open():
        assert corrections.approve(actor=xinghe.approver, correction_id=asked.pk).state == "approved"


def test_files_of_other_income_bring_none() -> None:
    assert not {"correction", "更正"} & (set(other_income.INCOME) | set(other_income.INCOME.values()))


def test_nobody_types_a_correction(books: Books) -> None:
    values = {"anchor": Anchor.objects.get(), "date": date(2026, 7, 1), "last_closed": JUNE}
    with pytest.raises(RuleError) as refused:
        entry_save(actor=None, code="E1", income="correction", amount_fen=100, **values)  # type: ignore[arg-type]
    assert refused.value.field == "income"
    approved(books)
    with pytest.raises(RuleError) as refused:
        entry_save(actor=None, code="COR-00001", income="bonus", amount_fen=100, **values)  # type: ignore[arg-type]
    assert refused.value.field == "code"


def of_nobody() -> Entry:
    return Entry.objects.create(
        code="E1",
        anchor=Anchor.objects.get(),
        income="correction",
        date=date(2026, 7, 1),
        amount_fen=100,
        settle_period=JULY,
    )


def raised(books: Books) -> Entry:
    entry = approved(books).made
    assert entry is not None
    Entry.objects.filter(pk=entry.pk).update(amount_fen=999_999)
    return entry


@pytest.mark.parametrize("wrong", [lambda books: of_nobody(), raised])
def test_the_database_refuses_a_correction_that_nobody_approved(books: Books, wrong: Callable[[Books], Entry]) -> None:
    with pytest.raises(Error, match="no approved correction"), transaction.atomic(), connection.cursor() as cursor:
        wrong(books)
        cursor.execute("set constraints all immediate")


def test_numbers_go_on_without_gaps(books: Books) -> None:
    assert [ask(books).code for _ in range(3)] == ["COR-00001", "COR-00002", "COR-00003"]


def test_every_step_is_in_the_audit_trail(books: Books) -> None:
    asked = ask(books)
    corrections.approve(actor=books.people.approver, correction_id=asked.pk)
    trail = AuditEntry.objects.filter(target="settlements.correction").order_by("pk")
    assert [(entry.action, entry.actor) for entry in trail] == [
        ("request", books.people.finance),
        ("approve", books.people.approver),
    ]
    assert AuditEntry.objects.filter(target="sales.entry", action="create").count() == 1


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────


def with_file(books: Books, name: str, content: bytes) -> Correction:
    return corrections.request(
        actor=books.people.finance,
        place=of_statement(books.statement(JUNE)),
        amount_fen=1,
        reason="x",
        upload=SimpleUploadedFile(name, content),
    )


def test_a_file_is_kept_below_the_agency(books: Books, settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    kept = with_file(books, "../../合同.PDF", PDF)
    assert kept.file_name == "合同.PDF"
    path = files.path_of(kept.file)
    assert path.read_bytes() == PDF
    assert path.is_relative_to(tmp_path / "agencies" / str(books.people.id))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.exe", b"MZ", "cannot be taken"),
        ("a.svg", b"<svg>", "cannot be taken"),
        ("a", PDF, "cannot be taken"),
        ("a.pdf", b"<script>", "damaged"),
        ("a.png", PDF, "damaged"),
        ("a.webp", b"RIFF1234WAVE", "damaged"),
        ("a.pdf", b"", "damaged"),
        ("a.pdf", PDF + bytes(10 << 20), "10 MB"),
    ],
)
def test_other_files_are_refused(books: Books, name: str, content: bytes, why: str) -> None:
    with translation.override("en"), pytest.raises(RuleError, match=why) as refused:
        with_file(books, name, content)
    assert refused.value.field == "file"
    assert not Correction.objects.exists()
