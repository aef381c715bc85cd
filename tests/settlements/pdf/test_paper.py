"""The paper of a statement: everything on it, every figure right, nothing that people wrote taken for markup."""

import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from mcn.commissions.models import Bucket
from mcn.core import formats
from mcn.settlements import pdf
from mcn.settlements.models import Statement
from mcn.settlements.pdf.codes import code_of
from mcn.settlements.statements.lines import LINES, ONLY_IF_ANY
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.month import Month, make_month
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.pdf.reading import embedded, pages_of, read, text_of

PLAIN_AMOUNT = re.compile(r"(?<![¥\d,.])−?\d[\d,]*\.\d\d(?!\d)")
RARE = "㛃䶮𠮷龘頔🌸"


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def closed(inside: World) -> Statement:
    """June of A01, closed."""
    books = Books(inside)
    books.roster()
    books.event("1001", 123456, JUNE)
    books.close(JUNE)
    return books.statement(JUNE)


@pytest.fixture
def month(inside: World) -> Month:
    """July, calculated and not closed."""
    return make_month()


def paper(people: World, statement: Statement) -> bytes:
    return pdf.statement_pdf(Agency.objects.get(pk=people.id), statement)


def statement_of(code: str = "A01") -> Statement:
    return Statement.objects.select_related("period").get(code=code)


def test_the_fonts_are_in_the_file(inside: World, closed: Statement) -> None:
    fonts = embedded(paper(inside, closed))
    assert any("NotoSansCJKsc" in name for name in fonts)
    assert all(fonts.values())


def check_amounts(people: World, statement: Statement) -> str:
    """All lines' amounts stand in their order, and nothing else that looks like one; returns the text."""
    text = text_of(paper(people, statement))
    amounts = [formats.yuan(getattr(statement, f"{name}_fen")) for _number, name in LINES if name not in ONLY_IF_ANY]
    assert PLAIN_AMOUNT.findall(text) == amounts
    assert formats.money(statement.net_pay_fen) in text
    assert statement.name in text
    return text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", ["A01", "G01"])
def test_every_line_stands_on_a_draft_with_its_amount(inside: World, month: Month, code: str, language: str) -> None:
    with translation.override(language):
        text = check_amounts(inside, statement_of(code))
    assert ("草稿" in text, "Draft" in text) == (language == "zh-hans", language == "en")
    assert "查验码" not in text and "Verification code" not in text


def test_a_closed_statement_tells_its_story_and_carries_its_code(inside: World, closed: Statement) -> None:
    text = check_amounts(inside, closed)
    assert "1 单已结算，带来您的佣金分成" in text
    assert "佣金 · 其他" in text and "C1 v1" in text and "35 %" in text
    assert "2026-05-10 的预支 ADV1：¥60.00" in text
    assert code_of("xinghe", closed) in text
    assert closed.period.content_hash in text
    assert "草稿" not in text


def test_pages_are_numbered(inside: World, closed: Statement) -> None:
    for language, words in (("zh-hans", "第 {} 页，共 {} 页"), ("en", "Page {} of {}")):
        with translation.override(language):
            pages = pages_of(paper(inside, closed))
        assert [words.format(number, len(pages)) in page for number, page in enumerate(pages, 1)] == [True] * len(pages)


def test_many_rules_take_several_pages(inside: World, month: Month) -> None:
    common = {"period": JULY, "anchor": month.share.anchor, "payee": month.share.payee, "version": month.version}
    Bucket.objects.bulk_create(
        Bucket(**common, kind="share", column="commission_share", rule=month.rule, base_fen=number, share_fen=0)
        for number in range(90)
    )
    pages = pages_of(paper(inside, statement_of()))
    assert len(pages) >= 4
    assert f"第 4 页，共 {len(pages)} 页" in pages[3]
    assert all("小鹿" in page and "草稿" in page for page in pages)
    assert "分成基数" in pages[2]  # the table's head is repeated


def test_the_same_closed_statement_gives_the_same_bytes(inside: World, closed: Statement) -> None:
    first, second = paper(inside, closed), paper(inside, Statement.objects.select_related("period").get(pk=closed.pk))
    assert first == second
    made = read(first).metadata
    assert made is not None and closed.period.closed_at is not None
    assert made.creation_date == closed.period.closed_at.replace(microsecond=0)


@pytest.mark.parametrize(
    "name",
    [
        '#import "x"', "$\\ x^2$", "*_bold_* `raw`", "= head @x <b>", "#panic(1) // no", "\\u{41} [a](b)",
        '"; } #data', RARE,
    ],
)  # fmt: skip
def test_what_people_wrote_stands_literally(inside: World, month: Month, name: str) -> None:
    Agency.objects.filter(pk=inside.id).update(name=name)
    Statement.objects.filter(code="A01").update(name=name)
    month.contract.number = name
    month.contract.save()
    text = text_of(paper(inside, statement_of()))
    assert text.count(name) >= 3


def test_the_file_is_named_after_month_and_payee(inside: World, month: Month) -> None:
    statement = statement_of("G01")
    assert pdf.file_name(statement) == "2026-07-G01-李强.pdf"
    statement.name = "../a/b\x00"
    assert pdf.file_name(statement) == "2026-07-G01-..ab.pdf"
