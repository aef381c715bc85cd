"""Two agencies that are the same but for their names: codes, order ids, accounts and months are equal.

Every text that people can type holds the agency's own mark and a probe that a page must escape. So a page that
shows the other agency's mark leaks, and one that shows the probe as it is lets strangers write scripts.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from mcn.accounts.models import User
from mcn.accounts.permissions import Role
from mcn.accounts.services import invite, member_save
from mcn.anchors.models import Anchor, Payee, WageDeductions
from mcn.anchors.services import anchor_save, deposit_save, payee_save
from mcn.commissions.engine.codec import to_json
from mcn.commissions.models import ShareLine
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.sales import services as sales
from mcn.sales.connectors import Window
from mcn.sales.importers.layouts import Layout
from mcn.sales.models import Connection, DailySales, Entry, FormerLine, FormerPart, LinePart, OrderLine, SalesImport
from mcn.sales.reading.cells import compact
from mcn.sales.services import BilledDay, bills_save
from mcn.sales.services.connections import connection_pause, connection_save, record_window
from mcn.settlements import attachments, intake, mending
from mcn.settlements.agency_file import load
from mcn.settlements.deposits import deposit_move
from mcn.settlements.disputes import services
from mcn.settlements.exits import draw_up
from mcn.settlements.exports.jobs import start as start_export
from mcn.settlements.exposure import job as exposure
from mcn.settlements.holds import hold_place
from mcn.settlements.instalments import plan_agree
from mcn.settlements.ledger import posting as ledger
from mcn.settlements.logos import logo_save
from mcn.settlements.models import (
    Account,
    BankLine,
    BankStatement,
    Correction,
    ExitSettlement,
    ExposureSum,
    GhostMonth,
    GhostRule,
    Instalment,
    Invoice,
    InvoiceMonth,
    Leftover,
    Period,
    PlanCancellation,
    ProofPack,
    ReportMonth,
    ReportRecipient,
    ReportSum,
    ScheduledReport,
    Statement,
    StatementAnswer,
)
from mcn.settlements.models.vouchers import Auxiliary
from mcn.settlements.payouts.accounts import account_save, columns_save
from mcn.settlements.payouts.batches import batch_approve, batch_create, batch_export
from mcn.settlements.places import Place, of_share, of_statement
from mcn.settlements.vouchers.services import subjects_save
from mcn.settlements.vouchers.subjects import Head, Subject
from mcn.settlements.whatif.scenario import RuleChange, Scenario
from mcn.supply.models import Sku
from mcn.supply.services import sku_save, supplier_save
from mcn.tenancy import files
from mcn.tenancy.rls import tenant_models
from mcn.tenancy.scope import agency_scope
from mcn.training.services import course_save, training_record_add
from tests.agencies import PASSWORD, World, make_world
from tests.pictures import png
from tests.sales.platform_files import as_csv, rows_of
from tests.settlements.agency_file.files import full, put, write
from tests.settlements.desk import local

PERIOD = "2026-07"
PROBE = "<img src=x onerror=alert(1)>{{7*7}}"
NAMES = {"xinghe": "星河传媒", "beichen": "北辰直播"}


def mark(slug: str) -> str:
    """What only this agency's pages may show."""
    return f"秘密{slug}"


@dataclass
class Twin(World):
    """One of the two, with a second anchor (A02) who has an own sign-in."""

    second_anchor: User

    @property
    def slug(self) -> str:
        return self.agency.slug

    @property
    def mark(self) -> str:
        return mark(self.slug)

    def client(self, role: str = Role.OWNER) -> Client:
        """Signed in as the member with this role."""
        return signed_in(self.user(role))


def signed_in(user: User | None) -> Client:
    """A client reading English; None is signed out. Faults of the server become answers."""
    client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def make_twin(slug: str, folder: Path) -> Twin:
    """Everything through the services that people use: agency file, imports, calculation, export."""
    world = make_world(slug, NAMES[slug])
    text = f"{PROBE}{mark(slug)}"
    load(actor=None, path=write(folder, _agency_file(slug, text), f"{slug}.yaml"))
    with world.open():
        second = _people(world, text)
    twin = Twin(world.agency, world.members, second)
    with agency_scope(world.agency.pk):
        _files(twin, text)
        with transaction.atomic():
            _leftover(text)
            ledger._post_advances(actor=None, before=date(2027, 1, 1))
            _payouts(twin, text)
            _former_states(text)
            _connection(twin, text)
            row = BilledDay("10000000001", date(2026, 7, 3), 3182, 1)
            bills_save(actor=twin.user(Role.FINANCE), platform="douyin", measure="pool", rows=[row])
        for _number in range(2):  # the second keeps what the first one said
            _run(twin, "calculate", PERIOD, {"period": PERIOD})
            with transaction.atomic():
                Period.objects.filter(code=PERIOD).update(input_mark="other data")
        with transaction.atomic():
            logo_save(actor=twin.user(), upload=SimpleUploadedFile(f"{text}.png".replace("/", ""), png(4, 3)))
            sums = exposure.start(actor=twin.user(Role.FINANCE))
        assert jobs.run(sums.pk).state == "done"
        with transaction.atomic():
            _exposure(text)
            _subjects(twin, text)
            _invoice(twin, text)
            ProofPack.objects.create(period=Period.objects.get(code=PERIOD), sha256="0" * 64, size=1)
            match = mending.start(actor=twin.user(), reason="unknown_account", cause="douyin:404", answer=text)
        assert jobs.run(match.pk).state == "done"
        with transaction.atomic():
            _claims(twin, text)
            _exit(twin, text)
        with transaction.atomic():
            _what_if(text)
            export = start_export(actor=twin.user(Role.FINANCE), period=PERIOD, what=["lines"], formats=["csv"])
        assert jobs.run(export.pk).state == "done"
        with transaction.atomic():
            _report(twin, text, export)
    return twin


def _agency_file(slug: str, text: str) -> dict[str, Any]:
    data = full()
    data["agency"] |= {"slug": slug, "name": NAMES[slug]}
    del data["staff"]
    for section, key in (("agents", "name"), ("brands", "name"), ("skus", "name"), ("anchors", "stage_name")):
        for record in data[section]:
            record[key] = text
    data["agents"][0]["payee"]["legal_name"] = text
    data["brands"][0]["category"] = text
    for anchor in data["anchors"]:
        anchor["payee"]["legal_name"] = text
    put(data, "anchors[0].accounts[0].nickname", text)
    put(data, "entries[0].note", text)
    data["anchors"][1]["contracts"] = [
        {
            "number": f"A02 {text}",
            "starts_on": "2026-01-01",
            "ends_on": "2028-12-31",
            "versions": [{"from": "2026-01-01", "splits": [{"income": "commission", "rate": "0.30"}]}],
        }
    ]
    return data


def _people(world: World, text: str) -> User:
    owner = world.user()
    anchors = {anchor.code: anchor for anchor in Anchor.objects.select_related("payee")}
    second, _made = member_save(actor=owner, email=f"a02@{world.agency.slug}.test", name=text, roles=[Role.ANCHOR])
    second.user.set_password(PASSWORD)
    second.user.save()
    for code, member in (("A01", world.members[Role.ANCHOR]), ("A02", second)):
        anchor_save(actor=owner, code=code, stage_name=text, payee=anchors[code].payee, member=member)
    invite(actor=owner, email="new@nowhere.test", name=text, roles=[Role.TALENT])
    supplier, _made = supplier_save(actor=owner, code="V01", name=text, contact=text, note=text)
    sku = Sku.objects.get(code="S001")
    sku_save(actor=owner, code=sku.code, name=sku.name, supplier=supplier, category=text[:60])
    course, _made = course_save(actor=owner, code="C01", title=text, topic=text[:60], description=text)
    training_record_add(
        actor=owner, course=course, anchor=anchors["A01"], taken_on=date(2026, 7, 1), score=90, trainer=text, note=text
    )
    WageDeductions.objects.create(payee=anchors["A01"].payee, period="2026-05", pension_fen=1)
    DailySales.objects.create(
        day=date(2026, 7, 3),
        platform="douyin",
        lines=1,
        invalid_lines=0,
        gmv_fen=1,
        estimated_gross_fen=1,
        settled_base_fen=1,
        settled_pool_fen=Decimal(1),
    )
    return second.user


def douyin_rows(text: str, *, month: str = "07", settled: str = "151.53") -> list[list[Any]]:
    """The Douyin sample, its settled line moved to July and into the hosted session of both anchors."""
    header, *rows = rows_of("douyin_alliance")
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        cells |= {"作者账号": text, "抖音/火山号": "10000000001", "商品名称": text, "店铺名称": text}
        cells |= {"付款时间": f"2026-{month}-03 20:30:00"}
        if cells["订单状态"] == "订单结算":
            cells |= {"订单结算时间": f"2026-{month}-20 10:00:00", "结算金额": settled}
        row[:] = [cells[name] for name in header]
    lost = dict(zip(header, rows[2], strict=True)) | {"订单id": "6990000000000000999\t", "抖音/火山号": "404"}
    refused = lost | {"订单id": "6990000000000000998\t", "支付金额": text}
    return [header, *rows, [lost[name] for name in header], [refused[name] for name in header]]


def _files(twin: Twin, text: str) -> None:
    bring(twin, as_csv(douyin_rows(text)).encode(), f"{text}.csv")
    bring(twin, as_csv(rows_of("taobao_refunds")).encode(), "refunds.csv")
    income = [*rows_of("other_income")[0]], ["T-07", "2026-07-15", "A01", "打赏", "20.00", text]
    bring(twin, as_csv(income).encode(), "income.csv")
    _mapping(twin, text)


def _mapping(twin: Twin, text: str) -> None:
    """A column mapping and a file that waits for one, whose headers, cells and status words are the agency's own."""
    header = ["单号", text, "付款", "状态", "基数", "佣金"]
    row = ["1", text, "2026-07-01 10:00:00", text, "1.00", "0.10"]
    layout = Layout(
        columns={
            "order_key": "单号", "account_name": text, "paid_at": "付款", "status": "状态", "set_base": "基数",
            "set_gross": "佣金",
        },
        states={compact(text): "settled"},
    )  # fmt: skip
    with transaction.atomic():
        sales.mapping_create(
            actor=twin.user(Role.FINANCE), name=text[:60], platform="jd", layout=layout, headers=header
        )
    bring(twin, as_csv([header, row]).encode(), f"{text}.csv")
    with transaction.atomic():
        source = io.BytesIO(as_csv([[*header, "新列"], [*row, text]]).encode())
        sales.store_to_map(actor=twin.user(Role.FINANCE), name=f"{text}.csv", source=source)


def _payouts(twin: Twin, text: str) -> None:
    """A batch in a bank's file, a draft, and a line of the bank that may be of it."""
    finance, approver = twin.user(Role.FINANCE), twin.approver
    for code in ("A01", "A02"):
        payee = Payee.objects.get(code=code)
        bank: Any = {"account": "6222020000000000101", "name": text, "bank": text}
        payee_save(actor=finance, code=code, name=payee.name, kind=payee.kind, legal_name=text, bank=bank)
        ledger.post_payouts(actor=finance, dated_on=date(2026, 7, 3), amounts={payee.pk: 2450}, returned=True)
    account, _made = account_save(
        actor=finance, code="Z01", name=text[:80], channel="bank", holder=text, form="generic", number="1109"
    )
    own: Any = [{"header": text, "source": source} for source in ("account", "holder", "amount")]
    columns_save(actor=finance, account=account, columns=own)
    today = timezone.localdate()
    for code in ("A01", "A02"):
        ids = [Payee.objects.get(code=code).pk]
        batch = batch_create(actor=finance, account=account, pay_on=today, payees=ids, note=text[:200])
        if code == "A01":
            batch_approve(actor=approver, batch=batch)
            batch_export(actor=finance, batch=batch)
    statement = BankStatement.objects.create(account=account, file_name=text, sha256="0" * 64, rows=1)
    BankLine.objects.create(
        statement=statement,
        account=account,
        row_number=2,
        key="S1",
        booked_on=today,
        amount_fen=2450,
        name=text,
        text=text,
    )


def _former_states(text: str) -> None:
    """What a line and a refund record said before."""
    line, part = OrderLine.objects.order_by("pk")[0], LinePart.objects.order_by("pk")[0]
    told = {"sales_import": line.sales_import, "row_number": 2}
    FormerLine.objects.create(
        line=line,
        account_name=text,
        status=OrderLine.Status.PAID,
        exported_at=line.exported_at,
        estimated_base_fen=1,
        estimated_gross_fen=1,
        estimated_fee_fen=0,
        settled_base_fen=0,
        settled_gross_fen=0,
        settled_fee_fen=0,
        settled_holder_fen=0,
        fee_derived=False,
        **told,
    )
    FormerPart.objects.create(
        part=part, platform_status=text[:40], base_fen=1, gross_fen=1, fee_fen=0, holder_fen=0, **told
    )


def _exposure(text: str) -> None:
    """What the month's lines, which are all unmatched, would have given to an anchor."""
    ExposureSum.objects.create(
        period=PERIOD,
        origin=PERIOD,
        anchor=Anchor.objects.get(code="A01"),
        category=text[:60],
        lines=1,
        settled_pool=100,
        settled_share_fen=50,
    )


def _report(twin: Twin, text: str, job: Job) -> None:
    """A brand in the sums of the month, and a report of it by the schedule that finance was told of."""
    ReportSum.objects.create(month=ReportMonth.objects.get(period=PERIOD), by="brand", key=text[:60], lines=1)
    ReportRecipient.objects.create(member=twin.members[Role.FINANCE])
    ScheduledReport.objects.create(period=PERIOD, job=job, mailed_at=timezone.now())


def _subjects(twin: Twin, text: str) -> None:
    """What an account and the preparer are called in the agency's own accounting programme."""
    subjects_save(
        actor=twin.user(Role.FINANCE),
        given_head=Head("记", twin.mark),
        given={Account.ADVANCES: Subject("1221", text, Auxiliary.SUPPLIER)},
    )


def _invoice(twin: Twin, text: str) -> None:
    """An invoice with its scan, as if an earlier month were closed."""
    stored = files.store(f"invoices/{twin.slug}.pdf", io.BytesIO(b"%PDF-"))
    invoice = Invoice.objects.create(
        payee=Anchor.objects.get(code="A02").payee,
        number="24000000000000000001",
        issued_on=date(2026, 6, 30),
        issuer_name=text,
        issuer_tax_number="91330106MA0000000X",
        kind=Invoice.Kind.SPECIAL,
        gross_fen=10100,
        vat_rate=Decimal("0.01"),
        net_fen=10000,
        vat_fen=100,
        file=stored.name,
        file_name=f"{text[:100]}.pdf",
        created_by=twin.user(Role.FINANCE),
    )
    InvoiceMonth.objects.create(invoice=invoice, period="2026-05", amount_fen=10100)


def _claims(twin: Twin, text: str) -> None:
    """A dispute over the anchor's month, a correction that came of another one, a payee who is held, an acceptance."""
    anchor, finance = twin.user(Role.ANCHOR), twin.user(Role.FINANCE)
    statement = Statement.objects.select_related("period", "payee").get(period__code=PERIOD, code="A01")
    share = ShareLine.objects.filter(period=PERIOD, bucket__payee=statement.payee).order_by("pk")[0]
    picture = SimpleUploadedFile(f"{text}.png".replace("/", ""), b"\x89PNG\r\n\x1a\n" + text.encode())
    services.dispute_file(actor=anchor, place=of_statement(statement), reason=text, wished_fen=1, upload=picture)
    line = services.dispute_file(actor=anchor, place=of_share(share.pk), reason=text)
    services.dispute_accept(actor=finance, dispute_id=line.pk, amount_fen=100, answer=text)
    picture.seek(0)
    Correction.objects.update(**attachments.keep(picture))
    hold_place(actor=finance, place=Place(statement.payee), reason=text)
    StatementAnswer.objects.create(
        period=Period.objects.get_or_create(code="2026-05")[0], payee=statement.payee, accepted_by=anchor
    )


def _what_if(text: str) -> None:
    """A trial of other rules that is done, and a ghost rule with its month."""
    change = RuleChange((), "commission", Fraction(1, 20), Fraction(1))
    payee = {"code": "A01", "name": text, "columns": [[0] * 5, [1] * 5], "rates": []}
    month = {"period": PERIOD, "pool": [1, 1], "sums": [[0] * 5, [1] * 5], "lost": {"events": 0, "pool": 0}}
    Job.objects.create(
        kind="what_if",
        state=Job.State.DONE,
        parameters={"months": [PERIOD], "scenario": to_json(Scenario(change=change))},
        counts={"months": [month | {"payees": [payee]}]},
    )
    ghost = GhostRule.objects.create(
        name=text[:80], note=text, since=PERIOD, scenario=to_json(Scenario(change=change)), ended_at=timezone.now()
    )
    row = Period.objects.get(code=PERIOD)
    GhostMonth.objects.create(
        ghost=ghost, period=row, calculated_at=row.calculated_at, result=month | {"payees": [payee]}
    )


def _exit(twin: Twin, text: str) -> None:
    """A deposit that was received, a sheet of an anchor who may leave, and that it was settled."""
    anchor = Anchor.objects.select_related("payee").get(code="A01")
    deposit, _made = deposit_save(actor=twin.user(Role.FINANCE), payee=anchor.payee, code="DEP1", purpose=text[:120])
    day = date(2026, 7, 1)
    finance = twin.user(Role.FINANCE)
    deposit_move(actor=finance, deposit=deposit, kind="received", amount_fen=100, dated_on=day, note=text)
    plan = plan_agree(
        actor=finance, payee=anchor.payee, code="PLAN1", kind="penalty", amount_fen=100, agreed_on=day, reason=text,
        instalment_fen=50, most_rate=Decimal(1), first_month="2027-01",
    )  # fmt: skip
    statement = Statement.objects.get(period__code=PERIOD, code="A01")
    Instalment.objects.create(statement=statement, plan=plan, amount_fen=1)
    PlanCancellation.objects.create(plan=plan, what="forgiven", reason=text, requested_by=finance)
    claim: Any = {"kind": "penalty", "text": text, "amount_fen": 1, "from_deposit": False}
    sheet = draw_up(actor=twin.user(Role.TALENT), anchor=anchor, ends_on=date(2026, 7, 31), reason=text, claims=[claim])
    ExitSettlement.objects.create(sheet=sheet, done=[], settled_by=finance)


def _leftover(text: str) -> None:
    """What an earlier month was closed over."""
    entry = Entry.objects.order_by("pk")[0]
    Leftover.objects.create(
        period="2026-05",
        entry=entry,
        order_key=entry.code,
        kind=entry.income,
        occurred_at=local("2026-05-03 00:00"),
        reason="no_contract",
        cause=text,
        pool_fen=entry.amount_fen,
    )


def _connection(twin: Twin, text: str) -> None:
    """A connection that has fetched a day, and does not fetch by itself."""
    connection, _outcome = connection_save(
        actor=twin.user(),
        api="pdd_duoduo",
        name=text[:80],
        credentials={"client_id": text, "client_secret": text},
        account_id=text[:80],
        since=timezone.localdate(),
    )
    job = jobs.create(actor=None, kind="pull", subject=text[:80], parameters={"connection": connection.pk})
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, error={"message": text.replace("%", "")})
    connection_pause(actor=twin.user(), connection=connection, paused=True)
    Connection.objects.filter(pk=connection.pk).update(job=job)
    record_window(
        connection=connection,
        job_id=job.pk,
        window=Window(local("2026-07-03 00:00"), local("2026-07-04 00:00")),
        rows=1,
        sales_import=SalesImport.objects.order_by("pk")[0],
        is_same=False,
        again_on=None,
        moves_on=True,
    )


def bring(twin: Twin, content: bytes, name: str, exported_at: str = "2026-07-25 00:00", **options: Any) -> None:
    """Import a file as the finance member; in the agency's scope."""
    with transaction.atomic():
        _import, job = intake.submit(
            actor=twin.user(Role.FINANCE),
            name=name,
            source=io.BytesIO(content),
            exported_at=local(exported_at),
            hand_over=False,
            **options,
        )
    done = jobs.run(job.pk)
    assert done.state == "done", done.error_text()


def _run(twin: Twin, kind: str, subject: str, parameters: dict[str, Any]) -> None:
    with transaction.atomic():
        job = jobs.create(actor=twin.user(Role.FINANCE), kind=kind, subject=subject, parameters=parameters)
    done = jobs.run(job.pk)
    assert done.state == "done", done.error_text()


TABLES = sorted(model._meta.db_table for model in tenant_models())


def contents(twin: World) -> dict[str, tuple[int, str]]:
    """Rows and a hash of everything in each of the agency's tables, and of the agency and the users."""
    parts = [
        f"select '{table}', count(*), md5(coalesce(string_agg(md5(t::text), '' order by id), '')) from {table} t"
        for table in [*TABLES, "tenancy_agency"]
    ]
    people = "select 'users', count(*), md5(string_agg(md5(row(email, name, password, is_active, is_staff)::text), ''"
    parts.append(f"{people} order by id)) from accounts_user")
    with inside(twin), connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts))
        return {name: (count, digest) for name, count, digest in cursor.fetchall()}


@contextmanager
def inside(twin: World) -> Iterator[None]:
    """In the agency's scope, in a transaction."""
    with twin.open():
        yield
