"""The agency's logo: taken by its content, shown on papers, frozen with what is closed."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.core.errors import NotAllowed, RuleError
from mcn.settlements import pdf
from mcn.settlements.logos import logo_remove, logo_save
from mcn.settlements.models import Statement
from mcn.settlements.pdf.codes import code_of
from mcn.tenancy import files
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.pictures import JPEG, png
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.pdf.reading import read


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def save(people: World, content: bytes, name: str = "logo.png") -> str:
    return logo_save(actor=people.owner, upload=SimpleUploadedFile(name, content)).logo


def paper(people: World, statement: Statement) -> bytes:
    return pdf.statement_pdf(Agency.objects.get(pk=people.id), statement)


def pictures(content: bytes) -> int:
    return sum(len(page.images) for page in read(content).pages)


@pytest.mark.parametrize(("content", "ending"), [(png(40, 20), "png"), (JPEG, "jpg")])
def test_a_picture_is_stored_by_its_content_and_told_in_the_trail(inside: World, content: bytes, ending: str) -> None:
    name = save(inside, content, "whatever.svg")
    assert name.startswith("logos/") and name.endswith(f".{ending}")
    assert files.path_of(name).read_bytes() == content
    entry = AuditEntry.objects.get(action="set_logo")
    assert (entry.actor, entry.before["logo"], entry.after["logo"]) == (inside.owner, "", name)
    assert save(inside, content) == name
    assert AuditEntry.objects.filter(action="set_logo").count() == 1


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", png(4, 3)[:-4], b"x" * (2 << 20)]
)
def test_what_is_no_picture_is_refused_and_changes_nothing(inside: World, content: bytes) -> None:
    with pytest.raises(RuleError) as refused:
        save(inside, content)
    assert refused.value.field == "logo"
    assert Agency.objects.get(pk=inside.id).logo == ""


def test_only_who_may_change_the_settings_gives_or_takes_it(inside: World) -> None:
    with pytest.raises(NotAllowed):
        logo_save(actor=inside.finance, upload=SimpleUploadedFile("a.png", png(4, 3)))
    with pytest.raises(NotAllowed):
        logo_remove(actor=inside.finance)


def test_a_draft_shows_the_logo_as_it_is_now(inside: World) -> None:
    books = Books(inside)
    books.roster()
    books.event("1001", 100000, JUNE)
    books.calculate(JUNE)
    statement = books.statement(JUNE)
    assert pictures(paper(inside, statement)) == 0
    save(inside, png(40, 20))
    assert pictures(paper(inside, statement)) == 1
    logo_remove(actor=inside.owner)
    assert pictures(paper(inside, statement)) == 0


def test_closed_papers_keep_theirs_and_their_codes(inside: World) -> None:
    books = Books(inside)
    books.roster()
    books.event("1001", 100000, JUNE)
    books.close(JUNE)
    june = books.statement(JUNE)
    before, code = paper(inside, june), code_of("xinghe", june)
    first = save(inside, png(40, 20))
    books.event("1002", 100000, JULY)
    books.close(JULY)
    july = books.statement(JULY)
    with_logo = paper(inside, july)
    assert (pictures(before), pictures(with_logo), july.period.logo) == (0, 1, first)
    save(inside, png(20, 40))
    logo_remove(actor=inside.owner)
    assert paper(inside, books.statement(JUNE)) == before
    assert paper(inside, books.statement(JULY)) == with_logo
    assert code_of("xinghe", books.statement(JUNE)) == code


def test_a_paper_is_made_where_the_picture_is_lost(inside: World) -> None:
    books = Books(inside)
    books.roster()
    books.calculate(JUNE)
    name = save(inside, png(40, 20))
    files.remove(name)
    assert pictures(paper(inside, books.statement(JUNE))) == 0


def test_the_pages_take_show_and_remove_it(xinghe: World, beichen: World, client: Client) -> None:
    address = f"{xinghe.console}/settings/logo/"
    client.force_login(xinghe.owner)
    assert client.get(address).status_code == 404
    answer = client.post(f"{address}change/", {"logo": SimpleUploadedFile("a.png", png(40, 20))}, follow=True)
    assert f'src="{address}?' in answer.text
    shown = client.get(address)
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert b"".join(shown) == png(40, 20)  # type: ignore[arg-type]
    english = {"accept-language": "en"}
    answer = client.post(
        f"{address}change/", {"logo": SimpleUploadedFile("a.png", b"<svg/>")}, follow=True, headers=english
    )
    assert "The logo has to be a whole PNG or JPEG picture" in answer.text
    assert "Choose a picture first." in client.post(f"{address}change/", follow=True, headers=english).text
    client.force_login(xinghe.user(Role.FINANCE))
    assert client.get(address).status_code == 200
    assert client.post(f"{address}change/", {"remove": "yes"}).status_code == 403
    client.force_login(beichen.owner)
    assert client.get(address).status_code == 404
    assert client.get(f"{beichen.console}/settings/logo/").status_code == 404
    client.force_login(xinghe.owner)
    client.post(f"{address}change/", {"remove": "yes"})
    with xinghe.open(), transaction.atomic():
        assert Agency.objects.get(pk=xinghe.id).logo == ""
    assert client.get(address).status_code == 404
