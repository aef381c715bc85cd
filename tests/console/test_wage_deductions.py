"""What employees may deduct from their wages: personal data, so for finance and owners alone."""

from collections.abc import Callable

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Payee, WageDeductions
from mcn.anchors.services import payee_save
from tests.agencies import World, make_world

Clients = Callable[..., Client]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def employee(world: World) -> Payee:
    with world.open():
        return payee_save(actor=None, code="E1", name="郑一", kind="employee", legal_name="郑一")[0]


@pytest.mark.parametrize("role", [Role.OWNER, Role.FINANCE])
def test_finance_enters_a_month_and_sees_it(world: World, employee: Payee, client_of: Clients, role: str) -> None:
    client, page = client_of(role), f"{world.console}/wage-deductions/"
    parts = dict.fromkeys((*WageDeductions.SOCIAL, *WageDeductions.SPECIAL), "0")
    typed = {**parts, "payee": f"{employee.pk}", "period": "2026-07", "pension_fen": "800", "rent_fen": "1500"}
    answer = client.post(f"{page}new/", typed)
    assert answer.status_code == 302, answer.content.decode()
    with world.open():
        kept = WageDeductions.objects.get()
        assert (kept.pension_fen, kept.rent_fen, kept.medical_fen) == (80_000, 150_000, 0)
    assert "800.00" in client.get(page).content.decode()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.TALENT, Role.OPERATIONS])
def test_nobody_else_reads_them(world: World, employee: Payee, client_of: Clients, role: str) -> None:
    client, page = client_of(role), f"{world.console}/wage-deductions/"
    assert [client.get(url).status_code for url in (page, f"{page}new/")] == [403, 403]
    assert page not in client.get(f"{world.console}/").content.decode()
