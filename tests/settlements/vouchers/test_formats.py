"""Any balanced postings give vouchers that balance and that every file gives back; what a file cannot hold is named."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.core.errors import RuleError
from mcn.core.exports import FORMULA_STARTS
from mcn.settlements.models import Account, Posting
from mcn.settlements.models.vouchers import Auxiliary
from mcn.settlements.vouchers.formats import kingdee_k3, kingdee_kis, yonyou_tplus, yonyou_u8
from mcn.settlements.vouchers.making import Entry, Payee, Voucher, VoucherDoesNotBalance, lines_of, one_line, voucher
from mcn.settlements.vouchers.subjects import DEFAULT_HEAD, DEFAULT_SUBJECTS, Subject
from tests.settlements.vouchers.reading import FORMATS, told

DAY = date(2026, 7, 31)
NAMES = st.text(min_size=1, max_size=12).map(one_line)
PAYEES = st.builds(Payee, st.text("ABG019甲李", min_size=1, max_size=6), NAMES)
MAPPINGS = st.fixed_dictionaries(
    {
        account: st.builds(
            Subject,
            st.from_regex(r"[0-9]{4}(\.[0-9]{2})?", fullmatch=True),
            st.just("科目"),
            st.sampled_from(Auxiliary),
        )
        for account in Account
    }
)


@st.composite
def balanced(draw: st.DrawFn) -> list[Entry]:
    """Entries of one posting: debits of any accounts and payees, and as much in credits, cut anywhere."""
    parties = st.tuples(st.sampled_from(Account.values), st.none() | PAYEES)
    debits = draw(st.lists(st.tuples(parties, st.integers(1, 10**12)), min_size=1, max_size=6))
    total = sum(fen for _party, fen in debits)
    cuts = sorted(draw(st.sets(st.integers(1, max(total - 1, 1)), max_size=4)) - {total})
    edges = [0, *cuts, total]
    credits = [(draw(parties), after - before) for before, after in zip(edges, edges[1:], strict=False)]
    return [
        *((account, payee, fen, 0) for (account, payee), fen in debits),
        *((account, payee, 0, fen) for (account, payee), fen in credits),
    ]


def made(postings: Sequence[list[Entry]], known: dict[Account, Subject], summary: str = "摘要") -> list[Voucher]:
    return [
        voucher(
            number=number,
            posting=Posting(pk=number, number=number, dated_on=DAY),
            summary=summary,
            lines=lines_of(entries, known),
            head=DEFAULT_HEAD,
            amount=sum(debit for _account, _payee, debit, _credit in entries),
        )
        for number, entries in enumerate(postings, 1)
    ]


@given(st.lists(balanced(), min_size=1, max_size=4), MAPPINGS, NAMES)
@settings(max_examples=60)
def test_every_file_gives_back_the_postings(
    postings: list[list[Entry]], known: dict[Account, Subject], name: str
) -> None:
    """Reckoned from the entries themselves: by subject, by payee where the mapping says so, and by side."""
    vouchers = made(postings, known, f"预支款 {name}")
    expected: dict[tuple[int, str, str, str], int] = defaultdict(int)
    for number, entries in enumerate(postings, 1):
        for account, payee, debit, credit in entries:
            subject = known[Account(account)]
            code = payee.code if payee and subject.auxiliary != "none" else ""
            expected[number, subject.code, code, "debit"] += debit
            expected[number, subject.code, code, "credit"] += credit
    with TemporaryDirectory() as folder:
        for ending, (write_file, read) in FORMATS.items():
            path = Path(folder) / ending
            write_file(path, vouchers)
            found = read(path)
            assert found == told(vouchers), ending
            sums: Counter[tuple[int, str, str, str]] = Counter()
            for (number, subject_code, code, side, fen), times in found.items():
                sums[number, subject_code, code, side] += fen * times
            assert sums == {key: fen for key, fen in expected.items() if fen}, ending


@given(st.lists(balanced(), min_size=1, max_size=3), MAPPINGS)
@settings(max_examples=40)
def test_no_cell_begins_a_formula(postings: list[list[Entry]], known: dict[Account, Subject]) -> None:
    """Names and codes begin as they like; they stand behind words of ours."""
    hostile = [[(a, p and Payee(f"={p.code}", f"=1+1 {p.name}"), d, c) for a, p, d, c in rows] for rows in postings]
    for module in (kingdee_k3, kingdee_kis, yonyou_tplus):
        for row in module.rows(made(hostile, known)):
            assert not [cell for cell in row if isinstance(cell, str) and cell[:1] in FORMULA_STARTS and cell], row


def test_a_text_that_looks_like_a_formula_is_a_text_in_a_workbook(tmp_path: Path) -> None:
    subjects = {**DEFAULT_SUBJECTS, Account.BANK: Subject("1002", "=1+1")}
    path = tmp_path / "k3.xlsx"
    kingdee_k3.write_file(path, made([[("bank", None, 5, 0), ("payable", None, 0, 5)]], subjects))
    cell = openpyxl.load_workbook(path).worksheets[0].cell(2, 7)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@given(balanced())
def test_the_same_postings_give_the_same_bytes(entries: list[Entry]) -> None:
    with TemporaryDirectory() as folder:
        for ending, (write_file, _read) in FORMATS.items():
            first, second = Path(folder) / f"1-{ending}", Path(folder) / f"2-{ending}"
            write_file(first, made([entries], DEFAULT_SUBJECTS))
            write_file(second, made([entries[::-1]], DEFAULT_SUBJECTS))
            assert first.read_bytes() == second.read_bytes(), ending


def test_accounts_by_payee_have_a_line_each_and_others_a_sum_for_each_side() -> None:
    deer, bear = Payee("A01", "小鹿"), Payee("A02", "大熊")
    lines = lines_of(
        [
            ("anchor_cost", deer, 700, 0),
            ("anchor_cost", bear, 300, 0),
            ("payable", bear, 0, 300),
            ("payable", deer, 0, 600),
            ("anchor_cost", Payee("A03", "小猫"), 0, 100),
        ],
        DEFAULT_SUBJECTS,
    )
    assert [(line.number, line.account.value, line.payee, line.debit, line.credit) for line in lines] == [
        (1, "anchor_cost", None, 1000, 0),
        (2, "payable", deer, 0, 600),
        (3, "payable", bear, 0, 300),
        (4, "anchor_cost", None, 0, 100),
    ]


@pytest.mark.parametrize("entries", [[("bank", None, 5, 0)], [("bank", None, 5, 0), ("payable", None, 0, 4)]])
def test_what_does_not_balance_is_never_a_voucher(entries: list[Entry]) -> None:
    with pytest.raises(VoucherDoesNotBalance):
        made([entries], DEFAULT_SUBJECTS)


# ── What a file cannot hold ──────────────────────────────────────────────────────────────────────────


def advance(payee: Payee, summary: str = "预支款") -> list[Voucher]:
    return made([[("advances", payee, 5, 0), ("bank", None, 0, 5)]], DEFAULT_SUBJECTS, summary)


def test_u8_writes_rare_characters_and_commas_of_a_summary_in_another_shape(tmp_path: Path) -> None:
    yonyou_u8.write_file(tmp_path / "u8.txt", advance(Payee("A01", "小鹿"), "预支款 𠮷田,二世😀 ADV1"))
    lines = (tmp_path / "u8.txt").read_bytes().decode("gbk").split("\r\n")
    assert lines[1] == "2026-07-31,记,1,0,预支款 〓田，二世〓 ADV1,1221,0.05,0.00,,,,财务,,,2026-07-31,,,,A01,,"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("A😀", "Voucher 记-1, line 1: the payee's code “A😀” holds “😀”, which a file of Yonyou U8 cannot."),
        ("A,1", "Voucher 记-1, line 1: the payee's code “A,1” holds “,”, which a file of Yonyou U8 cannot."),
    ],
)
def test_u8_names_the_place_of_what_it_would_look_up_in_vain(tmp_path: Path, code: str, sentence: str) -> None:
    with pytest.raises(RuleError) as caught, translation.override("en"):
        yonyou_u8.write_file(tmp_path / "u8.txt", advance(Payee(code, "小鹿")))
    with translation.override("en"):
        assert str(caught.value) == sentence
    assert not (tmp_path / "u8.txt").exists()


def test_u8_names_a_preparer_that_it_cannot_hold(tmp_path: Path) -> None:
    [one] = advance(Payee("A01", "小鹿"))
    with pytest.raises(RuleError, match="𠮷"):
        yonyou_u8.write_file(tmp_path / "u8.txt", [replace(one, head=replace(one.head, preparer="𠮷田"))])


def test_kingdee_names_a_code_that_it_would_cut(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        kingdee_kis.write_file(tmp_path / "kis.csv", advance(Payee("A---1", "小鹿")))
    with translation.override("en"):
        assert str(caught.value).startswith("Voucher 记-1, line 1: the payee's code “A---1” holds “---”")


@pytest.mark.parametrize(("auxiliary", "place"), [("supplier", 18), ("customer", 17), ("employee", 16)])
def test_u8_has_a_column_for_each_way_of_keeping_a_payee(auxiliary: str, place: int) -> None:
    known = {**DEFAULT_SUBJECTS, Account.ADVANCES: Subject("1221", "其他应收款", Auxiliary(auxiliary))}
    entries: list[Entry] = [("advances", Payee("A01", "小鹿"), 5, 0), ("bank", None, 0, 5)]
    row = next(yonyou_u8.rows(made([entries], known)))
    assert [(number, cell) for number, cell in enumerate(row) if cell == "A01"] == [(place, "A01")]
    categories = {"supplier": "供应商", "customer": "客户", "employee": "职员"}
    assert next(kingdee_kis.rows(made([entries], known)))[-1] == f"{categories[auxiliary]}---A01---小鹿"


@pytest.mark.parametrize(
    ("text", "line"), [("a\tb\r\nc", "a b c"), ("小\u3000鹿\u200b", "小 鹿"), (" x\u2028y ", "x y")]
)
def test_texts_are_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
