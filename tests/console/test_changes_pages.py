"""What a new calculation changed, on the month's page, payee by payee, and down to the lines behind it.

The order of 31.82 pays 50 % = 15.91; then a bonus of 100.00 comes, and the account leaves the anchor's hands.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor, PlatformAccount
from mcn.sales.services.entries import entry_save
from mcn.settlements.models import Statement
from tests.agencies import World
from tests.console.sold import SETTLED_ORDER, run_jobs, seen, sold

Clients = Callable[..., Client]
MONTH = "2026-05"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def calculate(world: World, client: Client) -> None:
    client.post(f"{world.console}/months/{MONTH}/calculate/")
    assert [job.state for job in run_jobs(world)] == ["done"]


def bonus(world: World) -> None:
    with world.open():
        entry_save(
            actor=world.user(Role.OPERATIONS), code="B1", anchor=Anchor.objects.get(), income="bonus",
            date=date(2026, 5, 9), amount_fen=10000, last_closed=None,
        )  # fmt: skip


def page(client: Client, world: World, rest: str = "") -> str:
    answer = client.get(f"{world.console}/months/{MONTH}/{rest}")
    assert answer.status_code == 200
    return seen(answer.text).replace(" .", ".").replace(" ,", ",")


def statement(world: World) -> int:
    with world.open():
        return Statement.objects.get(period__code=MONTH).pk


def test_nothing_is_told_before_there_is_a_former_calculation(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    sold(world)
    calculate(world, client)
    assert "Since the calculation of" not in page(client, world)
    for rest in ("changes/", f"statements/{statement(world)}/changes/"):
        assert client.get(f"{world.console}/months/{MONTH}/{rest}").status_code == 404


def test_payees_causes_and_lines_are_told(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    sold(world)
    calculate(world, client)
    bonus(world)
    with world.open():
        PlatformAccount.objects.update(ends_on=date(2026, 1, 2))
    calculate(world, client)
    assert "1 payee changed; payable ¥15.91 → ¥100.00." in page(client, world)
    told = page(client, world, "changes/")
    assert "Commission share ¥15.91 ¥0.00 −¥15.91" in told
    assert "Bonus ¥0.00 ¥100.00 +¥100.00" in told
    assert "Net pay ¥15.91 ¥100.00 +¥84.09" in told
    assert "Created Entry B1" in told
    of_statement = f"statements/{statement(world)}/"
    assert "net pay ¥15.91 → ¥100.00, earned ¥15.91 → ¥100.00." in page(client, world, of_statement)
    told = page(client, world, f"{of_statement}changes/")
    assert "Earned ¥15.91 ¥100.00 +¥84.09" in told
    assert "Came 1 · +¥100.00 Went 1 · −¥15.91" in told
    assert "B1 Bonus 2026-05-09" in told
    told = page(client, world, f"{of_statement}changes/?kind=went")
    assert f"{SETTLED_ORDER} Settled" in told
    assert "nobody, or no share ¥15.91 ¥0.00 −¥15.91" in told
    assert "No line differs" not in page(client, world, f"{of_statement}changes/?kind=nonsense&after=x")


def test_who_may_not_see_settlements_sees_none_of_it(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    sold(world)
    calculate(world, client)
    bonus(world)
    calculate(world, client)
    other = client_of(Role.BRAND)
    assert other.get(f"{world.console}/months/{MONTH}/changes/").status_code == 403


def test_a_closed_month_tells_nothing_of_it(world: World, client_of: Clients) -> None:
    finance, owner = client_of(Role.FINANCE), client_of(Role.OWNER)
    sold(world)
    calculate(world, finance)
    bonus(world)
    calculate(world, finance)
    finance.post(f"{world.console}/months/{MONTH}/submit/")
    run_jobs(world)
    owner.post(f"{world.console}/months/{MONTH}/approve/")
    owner.post(f"{world.console}/months/{MONTH}/close/")
    assert [job.state for job in run_jobs(world)] == ["done"]
    assert "Since the calculation of" not in page(finance, world)
    assert finance.get(f"{world.console}/months/{MONTH}/changes/").status_code == 404
