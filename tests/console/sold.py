"""An agency that sold: one file of orders on one account, and an anchor who may get it."""

import io
import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

from django.db import transaction

from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor
from mcn.anchors.services import account_save, anchor_save, contract_save, payee_save
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Split, Terms
from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.sales.models import SalesImport
from mcn.settlements import intake
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.sales.platform_files import as_csv, rows_of, with_cell

ACCOUNT = "10000000001"
SETTLED_ORDER = "6990000000000000104"  # settled in May with 31.82 commission and no fee


def orders() -> bytes:
    """A Douyin file whose only settled line brings 31.82."""
    rows = rows_of("douyin_alliance")
    return as_csv([rows[0], *(row for row in rows[1:] if row[0].strip().endswith(("101", "104")))]).encode()


def refunded() -> bytes:
    """A later file whose settled order was taken back in part: 21.00 of its commission are left."""
    rows = with_cell(rows_of("douyin_alliance"), 4, "实际佣金支出", "21.00")
    return as_csv([rows[0], rows[3]]).encode()


def bring(
    world: World, content: bytes | None = None, name: str = "五月订单.csv", *, preview: bool = False
) -> SalesImport:
    """Import a file as operations would, or look at it, here and now."""
    with agency_scope(world.agency.pk):
        with transaction.atomic():
            sales_import, job = intake.submit(
                actor=world.user(Role.OPERATIONS),
                name=name,
                source=io.BytesIO(orders() if content is None else content),
                preview=preview,
                hand_over=False,
            )
        job_services.run(job.pk)
        with transaction.atomic():
            return SalesImport.objects.get(pk=sales_import.pk)


def make_anchor(*, holds_account: bool, rate: str | None) -> Anchor:
    """Anchor A01; with a contract that gives `rate` of the commission, and the account in the anchor's hands."""
    payee, _outcome = payee_save(actor=None, code="A01", name="小鹿", kind="labour", legal_name="鹿小小")
    anchor, _outcome = anchor_save(actor=None, code="A01", stage_name="小鹿", payee=payee)
    if rate is not None:
        make_contract(anchor, rate)
    if holds_account:
        account_save(actor=None, anchor=anchor, platform="douyin", account_id=ACCOUNT, starts_on=date(2026, 1, 1))
    return anchor


def make_contract(anchor: Anchor, rate: str) -> None:
    """A contract that gives the anchor `rate` of the commission."""
    contract, _outcome = contract_save(
        actor=None, anchor=anchor, number="HT-01", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
    )
    terms = Terms(date(2026, 1, 1), (Split("commission", rate=Decimal(rate)),))
    contract_version_save(actor=None, contract=contract, terms=terms, last_closed=None)


def run_jobs(world: World) -> list[Job]:
    """Do what the pages handed to the workers, and what follows from it; returns the former jobs, oldest first."""
    with agency_scope(world.agency.pk):
        handed = _run_waiting()
        while _run_waiting():
            pass
        return handed


def _run_waiting() -> list[Job]:
    with transaction.atomic():
        waiting = list(Job.objects.filter(state=Job.State.QUEUED).order_by("pk").values_list("pk", flat=True))
    return [job_services.run(pk) for pk in waiting]


def sold(world: World, *, holds_account: bool = True, rate: str | None = "0.5") -> Any:
    """The anchor, then the file."""
    with world.open():
        make_anchor(holds_account=holds_account, rate=rate)
    return bring(world)


def plain(html: str) -> str:
    """A page's text as people read it: figures without the markup that colours them."""
    return re.sub(r"</?span[^>]*>", "", html)


def seen(html: str) -> str:
    """Everything a page says, without any markup, one space between words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
