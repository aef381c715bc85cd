"""Which payments invoices block, and registering and cancelling them (docs/money.md §6.2)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Payee
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements import invoicing
from mcn.settlements.invoicing import DueMonth, Paper, Reason, allocate, check_payment, payment_blocks, same_name
from mcn.settlements.models import Invoice, InvoiceMonth
from mcn.settlements.services.invoices import LARGEST_FILE, invoice_cancel, invoice_register
from mcn.tenancy import files
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.taxed import earns, person

PARTY = "杭州晚晚电子商务工作室"
TAX_NUMBER = "92330106MA0000000X"


# ── the rule ─────────────────────────────────────────────────────────────────────────────────────────


def due(*papers: tuple[str, int], net_pay: int = 10000, period: str = JUNE) -> DueMonth:
    return DueMonth(period, net_pay, tuple(Paper(str(n), issuer, fen) for n, (issuer, fen) in enumerate(papers)))


@pytest.mark.parametrize(
    ("holder", "month", "reasons"),
    [
        (PARTY, due((PARTY, 10000)), []),
        (PARTY, due((PARTY, 4000), (PARTY, 6000)), []),
        ("", due((PARTY, 10000)), [Reason("no_account")]),
        ("晚晚", due((PARTY, 10000)), [Reason("other_holder")]),
        (PARTY, due(), [Reason("missing", JUNE, amount=10000)]),
        (PARTY, due((PARTY, 9999)), [Reason("missing", JUNE, amount=1)]),
        (PARTY, due((PARTY, 10001)), [Reason("too_much", JUNE, amount=1)]),
        (
            PARTY,
            due(("晚晚", 10000)),
            [Reason("other_issuer", JUNE, number="0", name="晚晚"), Reason("missing", JUNE, amount=10000)],
        ),
        (
            PARTY,
            due((PARTY, 10000), ("晚晚", 5)),
            [Reason("other_issuer", JUNE, number="1", name="晚晚")],
        ),
    ],
)
def test_issuer_party_holder_and_amount_must_be_the_same(holder: str, month: DueMonth, reasons: list[Reason]) -> None:
    assert check_payment(PARTY, holder, [month]) == reasons


def test_months_are_told_in_their_order() -> None:
    found = check_payment(PARTY, PARTY, [due(period=JULY), due(period=JUNE)])
    assert [reason.period for reason in found] == [JUNE, JULY]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("阿木（杭州）文化", "阿木(杭州)文化", True),
        (" ACME  Media ", "Acme Media", True),
        ("阿木文化", "阿木文化有限公司", False),
        ("", "", False),
    ],
)
def test_names_are_the_same_whatever_the_width_of_their_signs(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same


@given(st.integers(1, 10**9), st.lists(st.integers(-1000, 10**9), min_size=1, max_size=6))
def test_an_invoice_is_allocated_whole(gross: int, needs: list[int]) -> None:
    months = [(f"2026-{n + 1:02d}", need) for n, need in enumerate(needs)]
    parts = allocate(gross, months)
    assert sum(parts.values()) == gross
    assert all(amount > 0 for amount in parts.values())
    *first, _last = months
    assert all(parts.get(code, 0) <= max(0, need) for code, need in first)


def test_months_are_filled_in_their_order() -> None:
    assert allocate(900, [("2026-06", 500), ("2026-07", 300)]) == {"2026-06": 500, "2026-07": 400}
    assert allocate(400, [("2026-06", 500), ("2026-07", 300)]) == {"2026-06": 400}


# ── registering ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def wanwan(inside: World) -> Payee:
    """A sole trader with 5,000.00 in June and 300.00 in July; both months are closed."""
    payee = person("A03", kind="sole_trader", legal_name=PARTY, bank={"account": "33", "name": PARTY})
    earns("A03", 500000, JUNE)
    earns("A03", 30000, JULY)
    desk = Books(inside)
    desk.close(JUNE)
    desk.close(JULY)
    return payee


@pytest.fixture
def register(inside: World, wanwan: Payee) -> Callable[..., Invoice]:
    def made(**values: Any) -> Invoice:
        given: dict[str, Any] = {
            "actor": inside.finance,
            "payee": wanwan,
            "number": "24332000000000000001",
            "issued_on": date(2026, 8, 3),
            "issuer_name": PARTY,
            "issuer_tax_number": TAX_NUMBER,
            "kind": "ordinary",
            "gross_fen": 500000,
            "vat_rate": Decimal("0.01"),
            "periods": [JUNE],
        }
        return invoice_register(**(given | values))

    return made


def blocks(payee: Payee, periods: list[str] | None = None) -> list[Reason]:
    return payment_blocks([payee], periods).get(payee.pk, [])


pytest_db = pytest.mark.django_db


@pytest_db
def test_an_invoice_opens_the_way_for_its_month(wanwan: Payee, register: Callable[..., Invoice]) -> None:
    assert blocks(wanwan) == [Reason("missing", JUNE, amount=500000), Reason("missing", JULY, amount=30000)]
    invoice = register()
    assert (invoice.net_fen, invoice.vat_fen) == (495050, 4950)  # 5,000.00 ÷ 1.01 = 4,950.495…
    assert blocks(wanwan) == [Reason("missing", JULY, amount=30000)]
    assert blocks(wanwan, [JUNE]) == []
    assert payment_blocks(Payee.objects.all()).keys() == {wanwan.pk}
    created = AuditEntry.objects.get(action="create", target="settlements.invoice")
    assert created.after["months"] == [JUNE]


@pytest_db
def test_one_invoice_may_be_for_several_months(wanwan: Payee, register: Callable[..., Invoice]) -> None:
    invoice = register(gross_fen=530000, periods=[JULY, JUNE])
    assert list(invoice.months.values_list("period", "amount_fen")) == [(JUNE, 500000), (JULY, 30000)]
    assert blocks(wanwan) == []
    assert invoicing.still_needed(wanwan) == {JUNE: 0, JULY: 0}


@pytest_db
def test_several_invoices_may_be_for_one_month(wanwan: Payee, register: Callable[..., Invoice]) -> None:
    register(number="1", gross_fen=200000)
    register(number="2", gross_fen=300000)
    assert blocks(wanwan, [JUNE]) == []
    register(number="3", gross_fen=1)
    assert blocks(wanwan, [JUNE]) == [Reason("too_much", JUNE, amount=1)]


@pytest_db
def test_the_account_has_to_be_the_partys(wanwan: Payee, register: Callable[..., Invoice]) -> None:
    register(gross_fen=530000, periods=[JUNE, JULY])
    wanwan.bank = {"account": "33", "name": "林晚晚"}
    assert blocks(wanwan) == [Reason("other_holder")]
    wanwan.bank = {}
    assert blocks(wanwan) == [Reason("no_account")]


@pytest_db
def test_another_issuer_is_registered_and_blocks(wanwan: Payee, register: Callable[..., Invoice]) -> None:
    invoice = register(issuer_name="林晚晚")
    assert blocks(wanwan, [JUNE]) == [
        Reason("other_issuer", JUNE, number=invoice.number, name="林晚晚"),
        Reason("missing", JUNE, amount=500000),
    ]
    assert invoicing.still_needed(wanwan)[JUNE] == 500000


@pytest_db
def test_labour_pay_needs_no_invoice_but_may_have_one(inside: World) -> None:
    payee = person("A04", legal_name="穆一凡")
    earns("A04", 100000, JUNE)
    Books(inside).close(JUNE)
    assert payment_blocks([payee]) == {}
    invoice = invoice_register(
        actor=inside.finance,
        payee=payee,
        number="31",
        issued_on=date(2026, 7, 2),
        issuer_name="穆一凡",
        issuer_tax_number="",
        kind="ordinary",
        gross_fen=96000,
        vat_rate=Decimal("0.01"),
        periods=[JUNE],
    )
    assert (invoice.gross_fen, invoicing.still_needed(payee)) == (96000, {JUNE: 0})
    assert payment_blocks([payee]) == {}


@pytest_db
def test_a_month_that_is_not_closed_needs_nothing_yet(inside: World) -> None:
    payee = person("A04", kind="company", legal_name="大川文化")
    earns("A04", 100000, JUNE)
    Books(inside).calculate(JUNE)
    assert payment_blocks([payee]) == {}
    assert invoicing.still_needed(payee) == {}


@pytest_db
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"number": "12 34"}, "An invoice number has letters and digits only."),
        ({"number": ""}, "An invoice number has letters and digits only."),
        ({"issuer_name": " "}, "Say who issued the invoice."),
        ({"issuer_tax_number": ""}, "The invoice of a sole trader or company shows its tax number."),
        ({"issuer_tax_number": "92-1"}, "A tax number has letters and digits only."),
        ({"gross_fen": 0}, "An invoice has an amount above zero."),
        ({"periods": []}, "Say which months the invoice is for."),
        ({"periods": ["2026-05", JUNE]}, "A03 nA03 has no closed month with net pay: 2026-05."),
        ({"kind": "proforma"}, "proforma is not one of: ordinary, special."),
        ({"vat_rate": Decimal("1.5")}, "1.5 is not between 0 and 1."),
        ({"scan": ("a.exe", BytesIO(b"MZ"))}, "“a.exe” is no PDF, OFD, PNG or JPEG file."),
        ({"scan": ("a.pdf", BytesIO(b"MZ"))}, "“a.pdf” is no PDF, OFD, PNG or JPEG file."),
        ({"scan": ("a.pdf", BytesIO(b"%PDF-" + bytes(LARGEST_FILE)))}, "“a.pdf” is larger than 10 MB."),
    ],
)
def test_what_is_no_invoice_is_refused(register: Callable[..., Invoice], values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RuleError) as caught:
        register(**values)
    with translation.override("en"):
        assert str(caught.value) == sentence
    assert not Invoice.objects.exists()
    assert not files.path_of("invoices").exists()


@pytest_db
def test_an_invoice_is_registered_once(register: Callable[..., Invoice]) -> None:
    first = register(gross_fen=1)
    with pytest.raises(Conflict):
        register()
    register(issuer_tax_number="91330106MA0000001X")  # the same number of another issuer is another invoice
    invoice_cancel(actor=None, invoice_id=first.pk, reason="amount")
    assert register().pk != first.pk


@pytest_db
def test_the_scan_is_kept_as_it_came(register: Callable[..., Invoice]) -> None:
    invoice = register(scan=("6月 发票.PDF", BytesIO(b"%PDF-1.7 x")))
    assert invoice.file_name == "6月 发票.PDF"
    assert files.path_of(invoice.file).read_bytes() == b"%PDF-1.7 x"


# ── cancelling, and what the database refuses ────────────────────────────────────────────────────────


@pytest_db
def test_a_cancelled_invoice_stays_and_counts_for_nothing(
    inside: World, wanwan: Payee, register: Callable[..., Invoice]
) -> None:
    invoice = register()
    with pytest.raises(RuleError):
        invoice_cancel(actor=inside.finance, invoice_id=invoice.pk, reason="  ")
    done = invoice_cancel(actor=inside.finance, invoice_id=invoice.pk, reason="红冲")
    assert (done.cancelled_by, done.cancel_reason) == (inside.finance, "红冲")
    assert Reason("missing", JUNE, amount=500000) in blocks(wanwan)
    assert AuditEntry.objects.get(action="cancel").after == {"reason": "红冲"}
    with pytest.raises(Conflict):
        invoice_cancel(actor=inside.finance, invoice_id=invoice.pk, reason="again")


@pytest_db
def test_only_who_may_registers_and_cancels(inside: World, register: Callable[..., Invoice]) -> None:
    with pytest.raises(NotAllowed):
        register(actor=inside.user("auditor"))
    invoice = register()
    with pytest.raises(NotAllowed):
        invoice_cancel(actor=inside.user("talent"), invoice_id=invoice.pk, reason="x")


@pytest_db
@pytest.mark.parametrize(
    "change",
    [
        lambda: Invoice.objects.update(gross_fen=1, net_fen=1, vat_fen=0),
        lambda: Invoice.objects.update(issuer_name="x"),
        lambda: Invoice.objects.all().delete(),
        lambda: InvoiceMonth.objects.update(amount_fen=1),
        lambda: InvoiceMonth.objects.all().delete(),
        lambda: Invoice.objects.update(cancelled_at="2026-08-01T00:00:00Z"),
    ],
    ids=["amount", "issuer", "remove", "month", "remove month", "cancel without a reason"],
)
def test_the_database_keeps_invoices_as_registered(register: Callable[..., Invoice], change: Callable[[], Any]) -> None:
    register()
    with pytest.raises(Error), transaction.atomic():
        change()


@pytest_db
def test_the_database_keeps_a_cancelled_invoice_cancelled(register: Callable[..., Invoice]) -> None:
    invoice = register()
    invoice_cancel(actor=None, invoice_id=invoice.pk, reason="x")
    with pytest.raises(Error), transaction.atomic():
        Invoice.objects.update(cancelled_at=None, cancel_reason="")
