"""One thing has one name: the Chinese of the product is that of docs/glossary.md, and no synonym of it."""

import re
from collections.abc import Iterator

import polib
import pytest

from config import translations

GLOSSARY = translations.ROOT / "docs" / "glossary.md"
# A word that says what the glossary has another word for → the glossary's.
SYNONYMS = {
    "结账": "关账",
    "结帐": "关账",
    "关帐": "关账",
    "封账": "关账",
    "待归属": "未匹配",
    "无人归属": "未匹配",
    "未归属": "未匹配",
    "重新归属": "匹配",
    "审批": "批准",
    "审核": "复核",
    "扣回": "抵扣",
    "平台服务费": "技术服务费",
    "服务费率": "技术服务费率",
    "最低支付额": "最低付款额",
    "实发": "实付",
    "个体户": "个体工商户",
    "货品": "商品",
    "账单": "平台账单",  # a payee's is a 结算单
    "抽成": "提成",
    "审计记录": "操作日志",
    "审计日志": "操作日志",
    "平台运维": "平台运营方",
    "运维人员": "平台运营方",
}

OTHER_THINGS = {"Close", "Review", "Difference"}  # a window; the draft of a contract version; to a platform's bill


def catalogue() -> Iterator[tuple[str, str]]:
    """(English, Chinese) of every sentence."""
    for entry in polib.pofile(str(translations.ROOT / translations.CATALOGUE), wrapwidth=0):
        yield entry.msgid, entry.msgstr or entry.msgstr_plural[0]


def written() -> Iterator[tuple[str, str]]:
    """(place, line) of the documentation and of the demo's data, pictures left out."""
    root = translations.ROOT
    for pattern in ("README.md", "docs/**/*.md", "mcn/settlements/demo/*.yaml"):
        for path in sorted(root.glob(pattern)):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                yield f"{path.relative_to(root)}:{number}", line


def glossary() -> dict[str, tuple[str, ...]]:
    """English term → the Chinese words of its row."""
    words: dict[str, tuple[str, ...]] = {}
    for row in re.findall(r"^\| (.+?) \| (.+?) \|", GLOSSARY.read_text("utf-8"), re.MULTILINE)[1:]:
        english, chinese = (re.sub(r"\(.*?\)|（.*?）", "", cell) for cell in row)
        terms = [term.strip() for term in re.split(r"[,/:]", english)]
        for term in terms:
            words[term] = tuple(word.strip() for word in re.split(r"[/：]", chinese))
    return words


def has_synonym(text: str, synonym: str) -> bool:
    """Whether the text says the synonym, and not only as a part of the glossary's own word."""
    return synonym in text.replace(SYNONYMS[synonym], "")


@pytest.mark.parametrize("synonym", SYNONYMS)
def test_no_sentence_uses_a_synonym(synonym: str) -> None:
    assert [english for english, chinese in catalogue() if has_synonym(chinese, synonym)] == []


@pytest.mark.parametrize("synonym", SYNONYMS)
def test_no_document_and_no_demo_data_uses_a_synonym(synonym: str) -> None:
    assert [place for place, line in written() if has_synonym(line, synonym)] == []


def test_every_word_that_is_preferred_to_a_synonym_stands_in_the_glossary() -> None:
    text = GLOSSARY.read_text("utf-8")
    assert {word for word in SYNONYMS.values() if word.removesuffix("率") not in text} == set()


def test_a_term_of_the_glossary_is_called_so_wherever_it_stands_alone() -> None:
    terms = glossary()
    assert terms["close"] == ("关账", "核验")
    plural = {f"{term}s": words for term, words in terms.items()}
    wrong = {
        english: chinese
        for english, chinese in catalogue()
        if (words := {**plural, **terms}.get(english.casefold()))
        and english not in OTHER_THINGS
        and not any(word in chinese for word in words)
    }
    assert wrong == {}


def test_a_synonym_inside_the_right_word_is_none() -> None:
    assert has_synonym("平台服务费率", "服务费率")
    assert not has_synonym("技术服务费率", "服务费率")


def test_the_glossary_is_read_row_by_row() -> None:
    terms = glossary()
    assert terms["payee"] == ("收款方",)
    assert terms["slab"] == ("阶梯", "全额", "超额")
    assert len(terms) > 60
