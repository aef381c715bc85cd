"""What an anchor says to the own statements: dispute, withdraw, accept, and nobody else's."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mcn.anchors.models import Anchor, Payee
from mcn.commissions.models import ShareLine
from mcn.settlements import corrections
from mcn.settlements.disputes import services
from mcn.settlements.models import Correction, Dispute, StatementAnswer
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def books(xinghe: World) -> Iterator[Books]:
    """June is closed with 35.00, July calculated with 7.00."""
    desk = Books(xinghe)
    with xinghe.open():
        desk.roster()
        desk.event("1001", 10000, JUNE)
        desk.close(JUNE)
        desk.event("1002", 2000, JULY)
        desk.calculate(JULY)
    yield desk


@pytest.fixture
def anchor(client: Client, books: Books) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(books.people.anchor)
    return client


def text(client: Client, path: str) -> str:
    response = client.get(f"/me/xinghe/{path}")
    assert response.status_code == 200, path
    return " ".join(response.text.split())


def share(books: Books, period: str = JUNE) -> int:
    with books.people.open():
        return int(ShareLine.objects.get(period=period).pk)


def test_a_closed_month_says_until_when_it_may_be_disputed(anchor: Client, books: Books) -> None:
    with books.people.open():
        until = books.statement(JUNE).period.disputable_until
    assert f"You may dispute this statement until {until}. Afterwards it counts as accepted." in text(
        anchor, f"months/{JUNE}/"
    )
    assert "say so already now" in text(anchor, f"months/{JULY}/")


def test_a_line_is_disputed_with_a_picture_and_a_wished_amount(anchor: Client, books: Books) -> None:
    path = f"lines/{share(books)}/dispute/"
    assert f"/me/xinghe/{path}" in text(anchor, f"lines/{share(books)}/")
    assert "¥35.00" in text(anchor, path)
    values = {"reason": "应为 40 %", "wished": "40.00", "file": SimpleUploadedFile("照片.png", PNG)}
    answer = anchor.post(f"/me/xinghe/{path}", values, follow=True)
    assert "Sent to your agency." in answer.text
    with books.people.open():
        made = Dispute.objects.get()
        assert (made.figure_fen, made.wished_fen, made.reason, made.file_name) == (3500, 4000, "应为 40 %", "照片.png")
    page = text(anchor, f"disputes/{made.pk}/")
    assert f"The agency answers by {made.answer_by}" in page
    file = anchor.get(f"/me/xinghe/disputes/{made.pk}/file/")
    assert (b"".join(file.streaming_content), file["Content-Disposition"][:10]) == (PNG, "attachment")  # type: ignore[attr-defined]
    assert "应为 40 %" in text(anchor, f"months/{JUNE}/")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"wished": "40 yuan"}, "wished"),
        ({"wished": "1.005"}, "wished"),
        ({"wished": "35.00"}, "wished"),
        ({"file": SimpleUploadedFile("a.png", b"no picture")}, "file"),
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed(
    anchor: Client, books: Books, typed: dict[str, object], field: str
) -> None:
    answer = anchor.post(f"/me/xinghe/months/{JUNE}/dispute/", {"reason": "x", "wished": ""} | typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    with books.people.open():
        assert not Dispute.objects.exists()


def test_a_second_dispute_on_the_same_is_refused(anchor: Client, books: Books) -> None:
    path = f"/me/xinghe/months/{JUNE}/dispute/"
    assert anchor.post(path, {"reason": "x"}).status_code == 302
    again = anchor.post(path, {"reason": "x"})
    assert (again.status_code, "disputed this already" in again.text) == (422, True)


def test_a_dispute_is_withdrawn(anchor: Client, books: Books) -> None:
    anchor.post(f"/me/xinghe/months/{JUNE}/dispute/", {"reason": "x"})
    with books.people.open():
        made = Dispute.objects.get()
    page = anchor.post(f"/me/xinghe/disputes/{made.pk}/", {"step": "withdraw"}, follow=True).text
    assert "This dispute is closed." in page and "Withdrawn" in page
    again = anchor.post(f"/me/xinghe/disputes/{made.pk}/", {"step": "withdraw"}, follow=True).text
    assert "This dispute was withdrawn." in again


def test_a_rejection_is_read_and_laid_to_rest(anchor: Client, books: Books) -> None:
    anchor.post(f"/me/xinghe/months/{JUNE}/dispute/", {"reason": "x"})
    with books.people.open():
        made = Dispute.objects.get()
        services.dispute_reject(actor=books.people.finance, dispute_id=made.pk, answer="合同写的是 35 %")
    page = text(anchor, f"disputes/{made.pk}/")
    assert "合同写的是 35 %" in page and "I have read it" in page and "xinghe-finance" not in page
    anchor.post(f"/me/xinghe/disputes/{made.pk}/", {})
    with books.people.open():
        assert Dispute.objects.get().state == "closed"


def test_what_was_granted_is_shown_with_the_month_that_pays_it(anchor: Client, books: Books) -> None:
    anchor.post(f"/me/xinghe/lines/{share(books)}/dispute/", {"reason": "应为 40 %", "wished": "40"})
    with books.people.open():
        made = Dispute.objects.get()
        services.dispute_accept(actor=books.people.finance, dispute_id=made.pk, amount_fen=500, answer="是的")
    assert "Accepted; a second person has to approve the correction" in text(anchor, f"disputes/{made.pk}/")
    with books.people.open():
        corrections.approve(actor=books.people.approver, correction_id=Correction.objects.get().pk)
        books.calculate(JULY)
    page = text(anchor, f"disputes/{made.pk}/")
    assert "Accepted and corrected" in page and "¥5.00" in page and f"/me/xinghe/months/{JULY}/" in page
    assert "Corrected, paid with Jul 2026: 是的" in text(anchor, f"months/{JUNE}/")
    july = text(anchor, f"months/{JULY}/")
    assert "Correction, order 1001 of Jun 2026: 是的" in july and f'href="/me/xinghe/months/{JUNE}/"' in july


def test_a_month_is_accepted_and_not_disputed_any_more(anchor: Client, books: Books) -> None:
    page = anchor.post(f"/me/xinghe/months/{JUNE}/", follow=True).text
    assert "You have accepted the statement." in page and "You accepted this statement on" in page
    assert "This line is wrong" not in text(anchor, f"lines/{share(books)}/")
    refused = anchor.post(f"/me/xinghe/months/{JUNE}/dispute/", {"reason": "x"})
    assert (refused.status_code, "You accepted this statement" in refused.text) == (422, True)
    assert "counts as accepted since" in text(anchor, f"months/{JUNE}/dispute/")
    assert "already" in anchor.post(f"/me/xinghe/months/{JUNE}/", follow=True).text


def test_an_open_month_is_not_accepted(anchor: Client, books: Books) -> None:
    assert "not closed" in anchor.post(f"/me/xinghe/months/{JULY}/", follow=True).text
    with books.people.open():
        assert not StatementAnswer.objects.exists()


def test_after_the_last_day_the_month_counts_as_accepted(
    anchor: Client, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    with books.people.open():
        until = books.statement(JUNE).period.disputable_until
    late = until.replace(year=until.year + 1)  # type: ignore[union-attr]
    monkeypatch.setattr(Agency, "today", lambda agency: late)
    assert f"It could be disputed until {until} and counts as accepted." in text(anchor, f"months/{JUNE}/")
    assert anchor.post(f"/me/xinghe/months/{JUNE}/dispute/", {"reason": "x"}).status_code == 422


def test_another_anchors_month_line_dispute_and_file_are_not_found(
    anchor: Client, books: Books, client: Client
) -> None:
    values = {"reason": "x", "file": SimpleUploadedFile("a.png", PNG)}
    anchor.post(f"/me/xinghe/lines/{share(books)}/dispute/", values)
    with books.people.open():
        made = Dispute.objects.get()
        payee = Payee.objects.create(code="A02", name="小鱼", kind="labour", legal_name="小鱼")
        Anchor.objects.update(member=None)
        Anchor.objects.create(code="A02", stage_name="小鱼", payee=payee, member=books.people.members["anchor"])
    for path in (
        f"disputes/{made.pk}/",
        f"disputes/{made.pk}/file/",
        f"lines/{share(books)}/dispute/",
        f"months/{JUNE}/dispute/",
    ):
        assert anchor.get(f"/me/xinghe/{path}").status_code == 404, path
        assert anchor.post(f"/me/xinghe/{path}", {"reason": "x", "step": "withdraw"}).status_code in (404, 405), path
    assert anchor.post(f"/me/xinghe/months/{JUNE}/").status_code == 404
    with books.people.open():
        assert Dispute.objects.get().state == "open"


def test_a_month_is_not_accepted_while_an_own_dispute_waits(anchor: Client, books: Books) -> None:
    assert "It is right: accept" in text(anchor, f"months/{JUNE}/")
    anchor.post(f"/me/xinghe/lines/{share(books)}/dispute/", {"reason": "应为 40 %"})
    assert "It is right: accept" not in text(anchor, f"months/{JUNE}/")
