"""Other ways across: tasks, jobs, files, forms, invitations, crafted addresses, and sign-in."""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from django.http import Http404
from django.test import Client
from django.urls import get_script_prefix
from django.utils import timezone, translation

from config.celery import app as celery
from mcn.accounts import services
from mcn.accounts.models import Membership, User
from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor, Payee
from mcn.brands.models import Brand, Deal
from mcn.console.generic import registry
from mcn.console.generic.resource import Resource
from mcn.core.errors import RuleError
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.jobs.registry import KINDS
from mcn.jobs.tasks import run as run_task
from mcn.sales.models import Connection, ImportDifference, SalesImport
from mcn.sales.services.connections import connection_pause
from mcn.settlements.exports.downloads import export_response
from mcn.settlements.models import Dispute, Period, ScheduledReport
from mcn.settlements.services import closing
from mcn.settlements.tasks import (
    drop_undecided_previews,
    forget_what_ifs,
    pull_due,
    remind_of_disputes,
    reports_due,
)
from mcn.supply.models import Sku, Supplier
from mcn.tenancy import files
from mcn.tenancy.scope import NOBODY, ScopeError, agency_scope, current
from mcn.training.models import Course
from tests.agencies import PASSWORD
from tests.isolation.addresses import addresses
from tests.isolation.twins import PERIOD, TABLES, Twin, bring, contents, inside, signed_in
from tests.sales.platform_files import as_csv, rows_of
from tests.settlements.desk import local


@pytest.fixture(autouse=True)
def other_unchanged(twins: tuple[Twin, Twin]) -> Iterator[set[str]]:
    """Whatever is tried from xinghe, not one byte of beichen changes, and no reference into it stays.

    A test that itself prepares something in beichen adds the table to the set.
    """
    allowed = {"users"}  # people belong to no agency
    before = contents(twins[1])
    yield allowed
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")
    after = contents(twins[1])
    assert {name for name in before if before[name] != after[name]} <= allowed
    assert current() == NOBODY


# ── Tasks and jobs ────────────────────────────────────────────────────────────────────────────────


def make_job(twin: Twin, kind: str, parameters: dict[str, Any], *, actor: User | None = None) -> Job:
    with inside(twin):
        return jobs.create(actor=actor or twin.user(Role.FINANCE), kind=kind, parameters=parameters)


def test_every_task_is_known_here() -> None:
    """A new task needs a test beside those below."""
    celery.loader.import_default_modules()  # as a worker does
    own = {name for name in celery.tasks if not name.startswith("celery.")}
    assert own == {
        "jobs.run", "jobs.resend", "jobs.remove_abandoned_drafts", "sales.remove_old_unmapped",
        "settlements.pull_due", "settlements.remove_expired_exports", "settlements.drop_undecided_previews",
        "settlements.remind_of_disputes", "settlements.reports_due", "settlements.forget_what_ifs",
    }  # fmt: skip
    assert set(KINDS) == {
        "import", "preview", "pull", "match", "calculate", "exposure", "submit", "close", "verify", "export",
        "proof_pack", "what_if", "ghosts", "statement_xlsx",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_does_not_find_another_agencys_job(twins: tuple[Twin, Twin], kind: str) -> None:
    own, other = twins
    job = make_job(other, kind, {"period": PERIOD})
    with pytest.raises(Job.DoesNotExist):
        run_task(own.agency.pk, job.pk)
    with pytest.raises(Job.DoesNotExist):
        run_task(0, job.pk)
    with inside(other):
        assert Job.objects.get(pk=job.pk).state == "queued"
        Job.objects.filter(pk=job.pk).delete()


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_of_somebody_elses_people_and_rows_fails_without_a_word_about_them(
    twins: tuple[Twin, Twin], kind: str
) -> None:
    own, other = twins
    with inside(other):
        foreign = SalesImport.objects.order_by("pk").first().pk
        connected = Connection.objects.get().pk
        payee = Payee.objects.order_by("pk")[0].pk
    parameters = {
        "import": {"sales_import": foreign},
        "pull": {"connection": connected, "windows": [], "lost_days": 0},
        "preview": {"sales_import": foreign},
        "match": {"causes": []},
        "calculate": {"period": PERIOD},
        "exposure": {},
        "submit": {"period": PERIOD},
        "close": {"period": PERIOD},
        "verify": {"period": PERIOD},
        "proof_pack": {"period": PERIOD},
        "ghosts": {},
        "what_if": {"months": [PERIOD], "scenario": {}},
        "statement_xlsx": {"period": PERIOD, "payee": payee, "code": "A01", "language": "en"},
        "export": {"period": PERIOD, "what": ["lines"], "formats": ["csv"], "language": "en"},
    }[kind]
    job = make_job(own, kind, parameters, actor=other.user(Role.OWNER))
    with agency_scope(own.agency.pk):
        done = jobs.run(job.pk)
        assert other.mark not in str(done.counts) + done.error_text() + done.message
        assert done.state == "failed"


def test_what_is_due_is_begun_in_its_own_agency_and_with_its_own_connection(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    with inside(own):
        connected = Connection.objects.get()
        connection_pause(actor=own.user(), connection=connected, paused=False)
        Job.objects.filter(pk=connected.job_id).update(created_at=timezone.now() - timedelta(days=1))
    assert pull_due() == 1
    with inside(other):
        assert not Job.objects.filter(kind="pull", state="queued").exists()
    with inside(own):
        begun = Job.objects.get(kind="pull", state="queued")
        assert (begun.actor, begun.parameters["connection"]) == (None, connected.pk)


def test_what_one_agency_does_not_decide_on_is_dropped_in_it_alone(
    twins: tuple[Twin, Twin], other_unchanged: set[str]
) -> None:
    own, other = twins
    other_unchanged |= {"sales_salesimport", "sales_importdifference", "jobs_job"}  # it looks at a file, too
    for twin in twins:
        with agency_scope(twin.agency.pk):
            bring(twin, as_csv(rows_of("taobao_union")).encode(), "look.csv", preview=True)
    with inside(own):
        ImportDifference.objects.filter(sales_import__state="previewed").update(made_at=local("2026-07-01 00:00"))
    kept = contents(other)
    assert drop_undecided_previews() == 1
    assert contents(other) == kept


def test_one_agencys_overdue_disputes_are_marked_and_mailed_in_it_alone(
    twins: tuple[Twin, Twin], other_unchanged: set[str], django_capture_on_commit_callbacks: Any
) -> None:
    own, other = twins
    with inside(own):
        Dispute.objects.filter(state="open").update(answer_by=date(2026, 1, 1))
    kept = contents(other)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert remind_of_disputes() == 1
    assert contents(other) == kept
    assert {message.to[0].partition("@")[2] for message in mail.outbox} == {"xinghe.test"}
    assert own.mark not in "".join(message.body for message in mail.outbox)


def test_trials_of_other_terms_are_forgotten_in_every_agency_by_themselves(
    twins: tuple[Twin, Twin], other_unchanged: set[str]
) -> None:
    own, other = twins
    with inside(own):
        Job.objects.filter(kind="what_if").update(created_at=timezone.now() - timedelta(days=31))
    kept = contents(other)
    assert forget_what_ifs() == 1
    assert contents(other) == kept
    with inside(own):
        assert Job.objects.get(kind="what_if").counts == {}


def test_one_agencys_due_report_is_ordered_and_mailed_in_it_alone(
    twins: tuple[Twin, Twin], other_unchanged: set[str], django_capture_on_commit_callbacks: Any
) -> None:
    own, other = twins
    with inside(own):
        ScheduledReport.objects.update(mailed_at=None)
    kept = contents(other)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert reports_due() == 1
    assert contents(other) == kept
    assert {message.to[0].partition("@")[2] for message in mail.outbox} == {"xinghe.test"}
    assert own.mark not in "".join(message.body for message in mail.outbox)


def test_a_member_does_not_close_in_a_colleagues_name(twins: tuple[Twin, Twin]) -> None:
    own = twins[0]
    finance, owner = own.user(Role.FINANCE), own.user(Role.OWNER)
    named = {"period": PERIOD, "submitted_by": finance.email, "approved_by": owner.email}
    job = make_job(own, "close", named | {"accepted_unmatched_fen": 1}, actor=finance)
    with agency_scope(own.agency.pk):
        assert jobs.run(job.pk).state == "failed"
    with inside(own):
        assert Period.objects.get(code=PERIOD).state == "calculated"


def test_another_agencys_people_close_nothing(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    for submitter, approver in (
        (other.user(Role.FINANCE), own.user(Role.OWNER)),
        (own.user(Role.FINANCE), other.user(Role.OWNER)),
    ):
        with translation.override("en"), pytest.raises(CommandError, match="member of this agency"):
            call_command(
                "close_period",
                agency="xinghe",
                period=PERIOD,
                submitted_by=submitter.email,
                approved_by=approver.email,
            )
    with agency_scope(own.agency.pk), pytest.raises(RuleError):
        closing.close_with(actor=None, period=PERIOD, submitted_by=other.user().email, approved_by=own.user().email)


@pytest.mark.parametrize("command", ["calculate", "close_period", "verify", "export", "proof_pack", "import_sales"])
def test_commands_need_an_agency_that_exists(twins: tuple[Twin, Twin], command: str) -> None:
    needed: dict[str, Any] = {"agency": "nowhere", "period": PERIOD}
    if command == "close_period":
        needed |= {"submitted_by": "a@b.test", "approved_by": "c@d.test"}
    arguments = []
    if command == "proof_pack":
        needed |= {"out": "none.zip"}
    if command == "import_sales":
        del needed["period"]
        arguments = ["none.csv"]
    with pytest.raises(CommandError, match="nowhere"):
        call_command(command, *arguments, **needed)


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────


def test_another_agencys_export_is_not_handed_out(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    with inside(other):
        job = Job.objects.get(kind="export")
    with inside(own):
        with pytest.raises(Http404):
            export_response(member=Membership.objects.get(user=own.user()), job_id=job.pk)
        # Not even where a row of the own agency names the other's file.
        mine = Job.objects.filter(kind="export").order_by("pk").first()
        Job.objects.filter(pk=mine.pk).update(result_file=job.result_file)
        with pytest.raises(Http404):
            export_response(member=Membership.objects.get(user=own.user()), job_id=mine.pk)
        Job.objects.filter(pk=mine.pk).update(result_file=f"../{other.agency.pk}/{job.result_file}")
        with pytest.raises(files.UnsafeName):
            export_response(member=Membership.objects.get(user=own.user()), job_id=mine.pk)


@pytest.mark.parametrize(
    "name",
    ["", "/", "/etc/passwd", "..", "../2/exports", "a/../../b", "a/..", "a\\..\\b", "a\x00b", "exports/../../../x"],
)
def test_names_that_leave_the_agency_are_refused(twins: tuple[Twin, Twin], name: str) -> None:
    with inside(twins[0]):
        for use in (files.path_of, files.remove, lambda bad: files.store(bad, io.BytesIO(b"x"))):
            with pytest.raises(files.UnsafeName):
                use(name)


def test_a_link_to_the_outside_is_refused(twins: tuple[Twin, Twin], tmp_path: Path) -> None:
    own, other = twins
    with inside(other):
        theirs = files.folder()
    with inside(own):
        (files.folder() / "link").symlink_to(theirs)
        with pytest.raises(files.UnsafeName):
            files.path_of("link/exports")
        (files.folder() / "link").unlink()


def test_files_have_no_address_of_their_own(twins: tuple[Twin, Twin]) -> None:
    with inside(twins[1]):
        job = Job.objects.get(kind="export")
        path = files.path_of(job.result_file)
    client = twins[0].client()
    names = [f"agencies/{twins[1].agency.pk}/{job.result_file}", str(path).lstrip("/")]
    for name in names:
        for start in ("/", "/media/", "/files/", "/static/", "/static/../", "/a/xinghe/", "/a/xinghe/files/"):
            assert client.get(start + name).status_code in (400, 404)


# ── Crafted addresses ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [
        "/a/xinghe%2f..%2fbeichen/", "/a/xinghe/../beichen/", "/a/xinghe/%2e%2e/beichen/", "/a/BEICHEN/", "/a/Beichen/",
        "//a/beichen/", "/a//beichen/", "/a/beichen//", "/a/beichen%00/", "/a/beichen%0a/", "/a/beichen/%0a/brands/",
        "/a/b%65ichen/", "/me/beichen/", "/A/beichen/", "/a/beichen;/", "/a/xinghe/a/beichen/", "/a/beichen%20/",
        "/a/ｂeichen/", "/a/beichen/brands/?agency=xinghe", "/a/../a/beichen/", "/a/beichen", "/a/1/", "/a/-/",
    ],
)  # fmt: skip
def test_no_spelling_of_the_address_opens_another_agency(twins: tuple[Twin, Twin], path: str) -> None:
    own, other = twins
    response = own.client().get(path, follow=True)
    assert response.status_code == 404
    assert other.mark not in response.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "DELETE"}, {"X-Forwarded-Host": "evil.test"}, {"X-Script-Name": "/a/beichen"},
        {"X-Original-URL": "/a/beichen/brands/"}, {"X-Rewrite-URL": "/a/beichen/brands/"}, {"X-Agency": "beichen"},
    ],
)  # fmt: skip
def test_headers_and_fields_choose_no_agency(twins: tuple[Twin, Twin], headers: dict[str, str]) -> None:
    own, other = twins
    for method in ("get", "post"):
        answer = getattr(own.client(), method)(
            "/a/xinghe/brands/", {"_method": "DELETE", "agency": other.agency.pk}, headers=headers
        )
        assert answer.status_code == (200 if method == "get" else 405)
        assert other.mark not in answer.content.decode()


def test_the_server_ignores_a_script_name_of_the_client(twins: tuple[Twin, Twin]) -> None:
    answer = twins[0].client().get("/brands/", SCRIPT_NAME="/a/beichen")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test/", "/\\evil.test", "https:evil.test", "javascript:alert(1)"]
)
def test_nothing_redirects_to_another_site(twins: tuple[Twin, Twin], target: str) -> None:
    cache.clear()  # sign-ins of other tests count towards the same limit
    user = twins[0].user()
    with_next = f"?next={target}"
    answer = Client().post(f"/accounts/login/{with_next}", {"login": user.email, "password": PASSWORD, "next": target})
    assert answer.status_code == 302 and answer.headers["Location"] == "/"
    language = Client().post("/i18n/setlang/", {"language": "en", "next": target}, headers={"Referer": target})
    assert language.headers["Location"] in ("/", "")
    out = signed_in(user).post(f"/accounts/logout/{with_next}", {"next": target})
    assert out.status_code == 302 and "evil" not in out.headers["Location"]
    assert "evil" not in signed_in(None).get(f"/a/xinghe/{with_next}").headers["Location"].split("?")[0]


# ── Forms ─────────────────────────────────────────────────────────────────────────────────────────


class Fields(HTMLParser):
    """What a browser would send of a page's forms, and which of it are choices; `words`: those without a number."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.choices: set[str] = set()
        self.words: set[str] = set()
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "input" and name and given.get("type") not in ("checkbox", "radio", "search", "submit"):
            self.values.setdefault(name, given.get("value") or "")
        if tag == "select" and name:
            self._select = name
            self.choices.add(name)
            self.words.add(name)
        if tag == "option" and self._select and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value") or ""
        if tag == "option" and self._select and (given.get("value") or "").isdigit():
            self.words.discard(self._select)
        if tag == "textarea" and name:
            self.values.setdefault(name, "")


REFERRED = (Anchor, Payee, Brand, Deal, Sku, Supplier, Course, Membership)
WRITING = [address for address in addresses("a") if address.takes("POST") and not address.is_api]


@pytest.mark.parametrize("address", WRITING, ids=str)
def test_a_form_takes_no_row_of_another_agency(twins: tuple[Twin, Twin], address: Any) -> None:
    own, other = twins
    client = own.client()
    path = "/a/xinghe" + address.fill(own)
    page = client.get(path)
    found = Fields(page.content.decode()) if page.status_code == 200 else Fields("")
    with inside(other):
        foreign = {model: model._default_manager.order_by("pk").first().pk for model in REFERRED}
    for name in found.choices - {"language"}:
        for pk in sorted(set(foreign.values()))[: 1 if name in found.words else None]:
            with transaction.atomic():
                answer = client.post(path, found.values | {name: str(pk), "do": "link"})
                assert answer.status_code < 500
                assert other.mark not in answer.content.decode()
                with connection.cursor() as cursor, agency_scope(own.agency.pk):
                    cursor.execute("set constraints all immediate")
                    cursor.execute("set constraints all deferred")
                transaction.set_rollback(True)


@pytest.mark.parametrize("slug", sorted({a.callback.view_initkwargs["resource"].slug for a in WRITING
                                         if "resource" in getattr(a.callback, "view_initkwargs", {})}))  # fmt: skip
def test_a_resources_references_offer_own_rows_only(twins: tuple[Twin, Twin], slug: str) -> None:
    own, other = twins
    resource = registry.resource(slug)
    with inside(own):
        blank = resource.form()(None, agency=own.agency)
        names = {name: f for name, f in blank.fields.items() if isinstance(f, ModelChoiceField)}
    for name, field in names.items():
        with inside(other):
            foreign = field.queryset.model._default_manager.order_by("pk").first().pk
        with inside(own):
            several = isinstance(field, ModelMultipleChoiceField)
            form = resource.form()({name: [foreign] if several else foreign}, agency=own.agency)
            assert "invalid_choice" in {error.code for error in form.errors.as_data().get(name, [])}, name


def test_a_row_of_another_agency_is_not_saved(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    with inside(other):
        foreign = {model._meta.db_table: model._default_manager.order_by("pk").first() for model in apps.get_models()
                   if model._meta.db_table in TABLES}  # fmt: skip
    with inside(own):
        for row in foreign.values():
            with pytest.raises(ScopeError):
                row.save()
            with pytest.raises(ScopeError):
                type(row)._default_manager.bulk_create([row])


# ── Invitations, members ──────────────────────────────────────────────────────────────────────────


def invited(twin: Twin, email: str, roles: list[str]) -> str:
    with inside(twin):
        return services.invite(actor=twin.user(), email=email, name="x", roles=roles)[1]


def test_an_invitation_does_not_open_the_other_agencies_of_the_invited(
    twins: tuple[Twin, Twin], other_unchanged: set[str]
) -> None:
    """The one who invites sees the link. A member of another agency who has no password yet stays theirs."""
    own, other = twins
    other_unchanged |= {"accounts_membership", "accounts_auditentry"}
    with inside(other):
        services.member_save(actor=None, email="chief@beichen.test", name="chief", roles=[Role.OWNER])
    token = invited(own, "chief@beichen.test", [Role.TRAINER])
    client = signed_in(None)
    answer = client.post(f"/join/xinghe/{token}/", {"password": PASSWORD})
    assert answer.status_code == 422
    assert not User.objects.get(email="chief@beichen.test").has_usable_password()
    assert client.get("/a/beichen/").status_code == 302


def test_a_person_without_password_joins_after_proving_the_address(twins: tuple[Twin, Twin]) -> None:
    own = twins[0]
    User.objects.create_user("alone@nowhere.test", name="alone")
    token = invited(own, "alone@nowhere.test", [Role.TRAINER])
    assert signed_in(None).post(f"/join/xinghe/{token}/", {"password": PASSWORD}).status_code == 302
    assert Client().post("/accounts/password/reset/", {"email": own.user().email}).status_code == 302
    assert re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)


def test_nobody_takes_an_address_that_was_not_proved(twins: tuple[Twin, Twin]) -> None:
    """An e-mail names a person in every agency, so it does not change by typing another one."""
    user = twins[0].user(Role.TRAINER)
    client = signed_in(user)
    victim = "victim@beichen.test"
    client.post("/accounts/email/", {"action_add": "", "email": victim})
    client.post("/accounts/email/", {"action_primary": "", "email": victim})
    user.refresh_from_db()
    assert user.email != victim
    assert client.get("/accounts/email/").status_code == 404


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": [Role.TRAINER]}, {"roles": [Role.ANCHOR]}])
def test_who_loses_a_role_loses_the_pages_at_once(twins: tuple[Twin, Twin], change: dict[str, Any]) -> None:
    own = twins[0]
    finance, client = own.user(Role.FINANCE), own.client(Role.FINANCE)
    assert client.get("/a/xinghe/payees/").status_code == 200
    assert client.get("/a/xinghe/api/v1/statements/").status_code == 200
    with inside(own):
        services.member_save(actor=own.user(), email=finance.email, name="x", **({"roles": [Role.FINANCE]} | change))
    expected = 403 if change.get("roles") == [Role.TRAINER] else 404
    assert client.get("/a/xinghe/payees/").status_code == expected
    assert client.get("/a/xinghe/api/v1/statements/").status_code == expected
    job = make_job(own, "calculate", {"period": PERIOD}, actor=finance)
    with agency_scope(own.agency.pk):
        assert jobs.run(job.pk).state == "failed"


def test_a_deactivated_account_or_agency_is_out_at_once(twins: tuple[Twin, Twin]) -> None:
    own = twins[0]
    client = own.client()
    User.objects.filter(pk=own.user().pk).update(is_active=False)
    assert client.get("/a/xinghe/").status_code == 302
    other_client = own.client(Role.FINANCE)
    with inside(own):
        type(own.agency).objects.filter(pk=own.agency.pk).update(is_active=False)
    assert other_client.get("/a/xinghe/").status_code == 404


def test_the_scope_ends_with_a_page_that_breaks(twins: tuple[Twin, Twin], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("秘密xinghe in a message")

    client = twins[0].client()
    monkeypatch.setattr(Resource, "rows", broken)
    answer = client.get("/a/xinghe/brands/")
    assert answer.status_code == 500
    assert "秘密" not in answer.content.decode() and "RuntimeError" not in answer.content.decode()
    assert current() == NOBODY
    assert get_script_prefix() == "/"
