"""Verification codes: of one statement as it was closed, and of nothing else."""

import pytest

from mcn.settlements.models import Statement
from mcn.settlements.pdf.codes import ADDED, ALPHABET, FIGURES, code_of, is_code_of
from tests.agencies import World
from tests.month import make_month
from tests.settlements.books import JUNE, Books


@pytest.fixture
def closed(inside: World) -> Statement:
    books = Books(inside)
    books.roster()
    books.event("1001", 10000, JUNE)
    books.close(JUNE)
    return books.statement(JUNE)


def test_a_code_is_three_groups_of_signs_that_nobody_mixes_up(closed: Statement) -> None:
    groups = code_of("xinghe", closed).split("-")
    assert [len(group) for group in groups] == [4, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)
    assert not set("IO01") & set(ALPHABET)


def test_a_draft_has_none(inside: World) -> None:
    make_month()
    statement = Statement.objects.get(code="A01")
    assert code_of("xinghe", statement) == ""
    assert not is_code_of("", "xinghe", statement)


def test_it_is_typed_as_people_type(closed: Statement) -> None:
    code = code_of("xinghe", closed)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    for typed in (
        code,
        code.lower(),
        code.replace("-", ""),
        f" {code.replace('-', ' ')} ",
        code.replace("-", "–"),
        wide,
    ):
        assert is_code_of(typed, "xinghe", closed)
    assert not is_code_of(code[:-1], "xinghe", closed)
    assert not is_code_of(code[:-1] + ("A" if code[-1] != "A" else "B"), "xinghe", closed)
    assert not is_code_of("", "xinghe", closed)


@pytest.mark.parametrize("figure", [*FIGURES, *ADDED])
def test_another_figure_has_another_code(closed: Statement, figure: str) -> None:
    code = code_of("xinghe", closed)
    setattr(closed, figure, getattr(closed, figure) + 1)
    assert not is_code_of(code, "xinghe", closed)


def test_another_agency_month_payee_proof_or_secret_has_another_code(closed: Statement, settings: object) -> None:
    code = code_of("xinghe", closed)
    assert not is_code_of(code, "beichen", closed)
    for owner, name, value in (
        (closed, "code", "A02"),
        (closed.period, "code", "2026-07"),
        (closed.period, "content_hash", "0" * 64),
    ):
        before = getattr(owner, name)
        setattr(owner, name, value)
        assert not is_code_of(code, "xinghe", closed)
        setattr(owner, name, before)
    assert is_code_of(code, "xinghe", closed)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert not is_code_of(code, "xinghe", closed)


def test_every_figure_of_a_statement_is_told() -> None:
    """Those on paper are of the first ones."""
    fen = {field.attname for field in Statement._meta.concrete_fields if field.attname.endswith("_fen")}
    assert {*FIGURES, *ADDED} == fen | {"lines"}
