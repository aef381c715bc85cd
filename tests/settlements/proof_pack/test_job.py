"""Proof packs as jobs: asked for, made, shown with their hash, downloaded by the right people only."""

import ast
import json
import sys
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.http import Http404
from django.test import Client
from django.utils import translation

from mcn.accounts.models import AuditEntry, Membership
from mcn.anchors.models import Payee
from mcn.core.errors import Conflict, NotAllowed
from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.settlements.exports.downloads import export_response
from mcn.settlements.models import ProofPack
from mcn.settlements.proof_pack import building, contents, job
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.agencies import PASSWORD, World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.proof_pack.packs import VERIFIER, forge, verify
from tests.settlements.test_proof import tamper

ID_NUMBER = "110101199001011237"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def books(xinghe: World) -> Books:
    """June is closed with 10,000.00 shared and 12.34 left over; July takes half of it back and is open."""
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        payee = Payee.objects.get(code="A01")
        payee.id_number = ID_NUMBER
        payee.save()
        desk.event("1", 1000000, JUNE)
        desk.event("2", 1234, JUNE, account="9")
        desk.close(JUNE, accepted_unmatched_fen=1234)
        desk.event("1", -500000, JULY, kind="clawback")
        desk.calculate(JULY)
    return desk


def packed(people: World, period: str = JUNE) -> Job:
    with agency_scope(people.id):
        return job_services.run(job.start(actor=people.finance, period=period).pk)


def test_a_pack_is_made_kept_in_mind_and_downloaded(books: Books, tmp_path: Path) -> None:
    people = books.people
    done = packed(people)
    assert (done.state, done.result_name) == ("done", f"proof-pack-{JUNE}.zip")
    with agency_scope(people.id), transaction.atomic():
        kept = ProofPack.objects.get()
        assert done.counts == {"period": JUNE, "sha256": kept.sha256, "size": kept.size, "shares": 1}
        ordered, made = AuditEntry.objects.filter(action="export").order_by("pk")
        assert (ordered.actor, made.actor, made.after["sha256"]) == (people.finance, people.finance, kept.sha256)
        response = export_response(member=Membership.objects.get(user=people.approver), job_id=done.pk)
        pack = tmp_path / "pack.zip"
        pack.write_bytes(b"".join(response))
    code, said = verify(pack, "--sha256", kept.sha256)
    assert (code, "PASSED" in said, "星河传媒 2026-06" in said) == (0, True, True)


def test_the_same_month_gives_the_same_bytes_also_after_later_months(books: Books) -> None:
    people = books.people
    first = packed(people)
    with agency_scope(people.id), transaction.atomic():
        books.close(JULY)
    second, later = packed(people), packed(people, JULY)
    assert first.counts == second.counts
    with agency_scope(people.id), transaction.atomic():
        paths = [files.path_of(done.result_file) for done in (first, second, later)]
        assert ProofPack.objects.filter(period__code=JUNE).count() == 1
    assert paths[0].read_bytes() == paths[1].read_bytes()
    code, said = verify(paths[2])
    assert code == 0, said
    with zipfile.ZipFile(paths[2]) as archive:
        assert archive.read("history.tsv").decode().split("\t")[1] == "1"
        assert archive.read("chain.json").decode().count("content_hash") == 2


def test_what_tells_packs_apart_is_never_changed(books: Books) -> None:
    packed(books.people)
    with agency_scope(books.people.id):
        for change in (lambda rows: rows.update(sha256="0"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(ProofPack.objects.all())


def test_an_open_month_has_no_pack(books: Books) -> None:
    sentence = "2026-07 is not closed: only a closed month has a proof pack."
    with agency_scope(books.people.id), translation.override("en"):
        with pytest.raises(Conflict) as caught:
            job.start(actor=books.people.finance, period=JULY)
        assert str(caught.value) == sentence
    with pytest.raises(CommandError) as refused, translation.override("en"):
        call_command("proof_pack", agency="xinghe", period=JULY, out=Path("none.zip"))
    assert str(refused.value) == sentence


def test_stored_figures_without_the_proof_of_the_closing_are_not_packed(books: Books) -> None:
    tamper("update settlements_statement set net_pay_fen = net_pay_fen + 1")
    done = packed(books.people)
    assert done.state == "failed"
    with translation.override("en"):
        assert "does not have the proof of its closing" in done.error_text()
    with agency_scope(books.people.id), transaction.atomic():
        assert not files.path_of(f"exports/{done.pk}").exists()
        assert not ProofPack.objects.exists()


def test_only_who_may_export_settlements_gets_one(books: Books, beichen: World) -> None:
    people = books.people
    with agency_scope(people.id), pytest.raises(NotAllowed):
        job.start(actor=people.anchor, period=JUNE)
    done = packed(people)
    with agency_scope(people.id), transaction.atomic(), pytest.raises(PermissionDenied):
        export_response(member=Membership.objects.get(user=people.anchor), job_id=done.pk)
    with agency_scope(beichen.id):
        with transaction.atomic(), pytest.raises(Http404):
            export_response(member=Membership.objects.get(user=beichen.finance), job_id=done.pk)
        with pytest.raises(Conflict):
            job.start(actor=beichen.finance, period=JUNE)


def test_the_page_of_a_closed_month_orders_packs_and_shows_their_hash(books: Books, beichen: World) -> None:
    people, client = books.people, Client(headers={"accept-language": "en"})
    assert client.login(username=people.finance.email, password=PASSWORD)
    page = f"{people.console}/months/{JUNE}/"
    assert "SHA-256 of the proof pack" not in client.get(page).text
    ordered = client.post(f"{page}proof-pack/")
    with agency_scope(people.id):
        with transaction.atomic():
            waiting = Job.objects.get(kind="proof_pack")
        assert ordered["Location"] == f"{people.console}/jobs/{waiting.pk}/"
        sha256 = job_services.run(waiting.pk).counts["sha256"]
    assert sha256 in client.get(page).text
    assert f"/jobs/{waiting.pk}/download/" in client.get(ordered["Location"]).text
    assert "is not closed" in client.post(f"{people.console}/months/{JULY}/proof-pack/", follow=True).text
    for address in (f"{beichen.console}/months/{JUNE}/proof-pack/", f"{people.console}/months/2026-01/proof-pack/"):
        assert client.post(address).status_code == 404


def test_the_command_writes_the_pack_and_prints_its_hash(books: Books, tmp_path: Path) -> None:
    out = StringIO()
    call_command("proof_pack", agency="xinghe", period=JUNE, out=tmp_path / "here" / "pack.zip", stdout=out)
    path, sha256 = out.getvalue().strip().split(": SHA-256 ")
    assert verify(path, "--sha256", sha256)[0] == 0


def test_no_personal_data_but_the_names_of_the_statements(books: Books) -> None:
    done = packed(books.people)
    with agency_scope(books.people.id), transaction.atomic():
        path = files.path_of(done.result_file)
        payee = books.statement(JUNE).payee
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "小鹿" in everything
    assert (payee.legal_name, payee.id_number) == ("鹿小小", ID_NUMBER)
    assert not [secret for secret in (payee.legal_name, ID_NUMBER, payee.person_key) if secret in everything]


def test_another_law_gives_another_tax(books: Books, tmp_path: Path) -> None:
    def half_of_everything(inputs: bytes) -> bytes:
        data = json.loads(inputs)
        for table in data["tax_tables"]:
            for bracket in table["brackets"]:
                bracket["rate"] = "1/2"
        return contents.as_json(data)

    done = packed(books.people)
    with agency_scope(books.people.id), transaction.atomic():
        pack = files.path_of(done.result_file)
    code, said = verify(forge(pack, tmp_path / "forged.zip", {"inputs.json": half_of_everything}))
    # 3,500.00 less 800.00 of costs
    assert (code, "statements.tsv, line 1 (A01): tax: expected 135000, found 54000" in said) == (1, True), said


# ── the verifier ─────────────────────────────────────────────────────────────────────────────────────


def test_the_verifier_is_plain_python_38_without_dependencies() -> None:
    tree = ast.parse(VERIFIER.read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names
    assert "float" not in VERIFIER.read_text(encoding="utf-8")


def test_the_readme_names_every_file() -> None:
    text = VERIFIER.with_name("README.txt").read_text(encoding="utf-8")
    for name in (
        *building.PROVEN,
        "history.tsv",
        "holders.tsv",
        "chain.json",
        "rules.json",
        "inputs.json",
        "verify.py",
    ):
        assert f"\n{name} " in text
