"""Contracts: the timeline of versions, and the split editor from draft to saved version."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import ContractVersion
from mcn.commissions.models import Bucket
from mcn.commissions.terms import terms_of
from mcn.settlements.models import Period
from tests.agencies import World
from tests.people import People, first_terms, make_people

Clients = Callable[..., Client]


@pytest.fixture
def people(world: World) -> People:
    return make_people(world)


@pytest.fixture
def address(world: World, people: People) -> str:
    return f"{world.console}/contracts/{people.contract.pk}/versions/new/"


def draft_of(client: Client, address: str) -> dict[str, str]:
    """What the editor holds when it opens."""
    return client.get(address).context["editor"].draft.data()


def filled(data: dict[str, str]) -> dict[str, str]:
    """The fields that hold something."""
    return {name: text for name, text in data.items() if text}


def versions(world: World) -> list[ContractVersion]:
    with world.open():
        return list(ContractVersion.objects.order_by("number"))


def errors(answer: Any) -> dict[str, Any]:
    """All refusals by field name as typed."""
    forms = answer.context["editor"].all_forms()
    return {form.add_prefix(name): list(texts) for form in forms for name, texts in form.errors.items()}


def test_the_page_tells_the_terms_in_words(world: World, people: People, client_of: Clients) -> None:
    text = client_of().get(f"{world.console}/contracts/{people.contract.pk}/").text
    for words in (
        "Version 1, from 2026-01-01",
        "up to ¥100,000.00: 30 %",
        "above ¥300,000.00: 40 %",
        "Override for G01 李强",
        "5 % on: Agency&#x27;s share (Commission)",
        "¥15,000.00 a month",
        "Needs 26 valid days",
    ):
        assert words in text


def test_the_editor_opens_with_the_latest_terms_and_round_trips(
    world: World, people: People, address: str, client_of: Clients
) -> None:
    client = client_of(Role.TALENT)
    data = draft_of(client, address) | {"head-starts_on": "2026-08-01"}
    review = client.post(address, data | {"do": "review"})
    assert review.status_code == 200
    assert review.context["changes"] == []
    assert len(versions(world)) == 1
    client.post(address, review.context["data"] | {"do": "save"})
    assert [version.number for version in versions(world)] == [1, 2]
    with world.open():
        saved = terms_of(ContractVersion.objects.get(number=2))
        former = first_terms(people.agent)
        assert saved.splits == former.splits
        assert saved.overrides == former.overrides
        assert saved.guarantee == former.guarantee
        assert saved.starts_on == date(2026, 8, 1)


def test_a_review_says_what_changes_and_saves_nothing(world: World, address: str, client_of: Clients) -> None:
    client = client_of()
    data = draft_of(client, address) | {"head-starts_on": "2026-08-01", "split-0-rate": "37.5", "head-guarantee": ""}
    review = client.post(address, data | {"do": "review"})
    told = [(change.kind, change.title, change.before, change.after) for change in review.context["changes"]]
    assert told == [
        ("changed", "Commission · Everything else", ("35 %",), ("37.5 %",)),
        ("changed", "Guarantee", told[1][2], ("None",)),
    ]
    assert "What changes against version 1 of 2026-01-01" in review.text
    assert len(versions(world)) == 1
    again = client.post(address, review.context["data"] | {"do": "edit"})
    assert again.context["editor"].draft.data() == review.context["data"]


def test_the_same_day_supersedes(world: World, address: str, client_of: Clients) -> None:
    client = client_of()
    data = draft_of(client, address) | {"head-starts_on": "2026-01-01"}
    same = client.post(address, data | {"do": "review"})
    assert same.status_code == 422
    assert errors(same) == {"head-starts_on": ["The version of this day already says all of this."]}
    data["split-0-rate"] = "36"
    assert "Supersedes version 1" in client.post(address, data | {"do": "review"}).text
    page = client.post(address, data | {"do": "save"}, follow=True)
    first, second = versions(world)
    assert first.superseded_at is not None and second.superseded_at is None
    assert "Superseded" in page.text


@pytest.mark.parametrize(
    ("typed", "place", "words"),
    [
        ({"split-1-step-1-up_to": "90000"}, "split-1-step-1-up_to", "higher than the one before"),
        ({"split-1-step-0-up_to": ""}, "split-1-step-0-up_to", "Only the last step"),
        ({"split-1-step-2-up_to": "900000"}, "split-1-step-2-up_to", "last step has no upper bound"),
        ({"split-0-rate": ""}, "split-0-rate", "Give a rate"),
        ({"split-0-rate": "135"}, "split-0-rate", "Rule 1: the rate must lie between 0 % and 100 %."),
        ({"split-0-rate": "-1"}, "split-0-rate", "Rule 1: the rate must lie between 0 % and 100 %."),
        ({"split-1-step-1-rate": "1e9"}, "split-1-step-1-rate", "Rule 2, step 2: the rate must lie between"),
        ({"override-0-rate": "100.01"}, "override-0-rate", "Override 1: the rate must lie between 0 % and 100 %"),
        ({"split-1-scope": "none"}, "split-1-__all__", "already have a rule: rule 1"),
        ({"override-0-basis": "pool", "override-0-rate": "70"}, "split-0-__all__", "more than 100 %"),
        ({"override-0-ends_on": "2025-12-31"}, "override-0-ends_on", "not after its start"),
        ({"head-starts_on": "2029-01-01"}, "head-starts_on", "outside its contract"),
        ({"head-min_days": "32"}, "head-min_days", "at most 31 days"),
        ({"split-0-scope": "sku:999999"}, "split-0-scope", "not one of the available choices"),
        ({"split-1-metric": "orders", "split-1-step-0-up_to": "10.5"}, "split-1-step-0-up_to", "whole numbers"),
    ],
)
def test_a_refusal_stands_at_its_row_and_keeps_what_was_typed(
    world: World, address: str, client_of: Clients, typed: dict[str, str], place: str, words: str
) -> None:
    client = client_of()
    data = draft_of(client, address) | {"head-starts_on": "2026-08-01"} | typed
    for do in ("review", "save"):
        answer = client.post(address, data | {"do": do})
        assert answer.status_code == 422
        found = errors(answer)
        assert list(found) == [place]
        assert words in found[place][0]
        assert filled(answer.context["editor"].draft.data()) == filled(data)
    assert len(versions(world)) == 1


def test_rows_come_and_go(address: str, client_of: Clients) -> None:
    client = client_of()
    data = draft_of(client, address)

    def after(do: str) -> Any:
        return client.post(address, data | {"do": do}).context["editor"].draft

    assert len(after("add-split").splits) == 3
    assert [row["scope"] for row in after("remove-split-0").splits] == ["category:food"]
    assert [row.get("up_to", "") for row in after("add-step-1").steps[1]] == ["100000.00", "300000.00", "", ""]
    assert [row["up_to"] for row in after("remove-step-1-0").steps[1]] == ["300000.00", ""]
    assert len(after("add-override").overrides) == 2
    assert after("remove-override-0").overrides == []
    assert filled(after("remove-split-7").data()) == filled(after("nonsense").data()) == filled(data)
    data["split-0-pays"] = "tiers"
    assert len(after("refresh").steps[0]) == 2


def test_terms_of_a_closed_month_are_not_superseded(
    world: World, people: People, address: str, client_of: Clients
) -> None:
    with world.open():
        Bucket.objects.create(
            period="2026-07", kind="share", column="commission_share", payee=people.anchor.payee, version=people.version
        )
        Period.objects.create(code="2026-07", state=Period.State.CLOSED)
    client = client_of()
    data = draft_of(client, address) | {"head-starts_on": "2026-01-01", "split-0-rate": "10"}
    answer = client.post(address, data | {"do": "review"})
    assert list(errors(answer)) == ["head-starts_on"]
    assert "2026-07 was closed with the terms from 2026-01-01" in errors(answer)["head-starts_on"][0]


def test_only_talent_writes_and_finance_reads(world: World, people: People, address: str, client_of: Clients) -> None:
    finance = client_of(Role.FINANCE)
    assert finance.get(f"{world.console}/contracts/{people.contract.pk}/").status_code == 200
    assert finance.get(address).status_code == 403
    assert finance.post(address, {"do": "save"}).status_code == 403


def test_contracts_that_overlap_are_refused_at_the_field(world: World, people: People, client_of: Clients) -> None:
    values = {"anchor": people.anchor.pk, "number": "XH-02", "starts_on": "2028-12-31", "ends_on": "2029-12-31"}
    answer = client_of().post(f"{world.console}/contracts/new/", values)
    assert answer.status_code == 422
    assert "overlaps with XH-01" in answer.context["form"].errors["starts_on"][0]


def test_the_list_tells_what_expires(world: World, people: People, client_of: Clients) -> None:
    client = client_of()
    assert "XH-01" in client.get(f"{world.console}/contracts/?standing=in_force").text
    assert "XH-01" not in client.get(f"{world.console}/contracts/?standing=expired").text


TAIL = {"head-tail_days": "30", "head-tail_share": "", "head-tail_rate": "15"}


def test_a_tail_is_typed_reviewed_and_told(world: World, people: People, address: str, client_of: Clients) -> None:
    client = client_of(Role.TALENT)
    data = draft_of(client, address) | {"head-starts_on": "2026-08-01"} | TAIL
    review = client.post(address, data | {"do": "review"})
    [change] = review.context["changes"]
    days = "For orders paid in the 30 days after the contract's end"
    assert (change.title, change.before, change.after) == (
        "Tail commission",
        ("None",),
        (days, "All commission at 15 %"),
    )
    page = client.post(address, review.context["data"] | {"do": "save"}, follow=True)
    assert "All commission at 15 %" in page.text and page.text.count("Version 2, from") == 1
    assert filled(draft_of(client, address)).items() >= {"head-tail_days": "30", "head-tail_rate": "15"}.items()
    with world.open():
        assert [f"{version}" for version in ContractVersion.objects.order_by("pk")][1:] == [
            f"{people.contract.number} v2",
            f"{people.contract.number} v2 tail",
        ]


@pytest.mark.parametrize(
    ("typed", "place", "words"),
    [
        ({"head-tail_share": "50", "head-tail_rate": ""}, "head-tail_share", "has tiers"),
        ({"head-tail_rate": ""}, "head-tail_share", "either a part of the rates"),
        ({"head-tail_days": "1001"}, "head-tail_days", "1 to 1000 days"),
        ({"head-tail_days": ""}, "head-tail_days", "Give the days"),
    ],
)
def test_a_tail_is_refused_at_its_field(
    address: str, client_of: Clients, typed: dict[str, str], place: str, words: str
) -> None:
    client = client_of()
    answer = client.post(address, draft_of(client, address) | TAIL | typed | {"do": "review"})
    assert answer.status_code == 422
    assert words in errors(answer)[place][0]
