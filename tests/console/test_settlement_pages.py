"""A month goes from calculation to closing by two persons, and every figure opens down to its reckoning."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor
from mcn.commissions.models import Bucket, ShareLine
from mcn.sales.models import Entry
from mcn.settlements.exports import statement_book_job
from mcn.settlements.models import Period, Statement
from tests.agencies import World
from tests.console.sold import bring, plain, run_jobs, sold

Clients = Callable[..., Client]
MONTH = "2026-05"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def step(client: Client, world: World, name: str, **data: str) -> Any:
    return client.post(f"{world.console}/months/{MONTH}/{name}/", data, follow=True)


def state(world: World) -> str:
    with world.open():
        return Period.objects.get(code=MONTH).state


def calculated(world: World, client: Client, **options: Any) -> None:
    sold(world, **options)
    step(client, world, "calculate")
    assert [job.state for job in run_jobs(world)] == ["done"]


def submitted(world: World, client: Client) -> None:
    step(client, world, "submit")
    assert [job.state for job in run_jobs(world)] == ["done"]


def approved(world: World, client: Client, approver: Client, **options: Any) -> None:
    calculated(world, client, **options)
    submitted(world, client)
    step(approver, world, "approve")
    assert state(world) == "approved"


def test_calculation_is_a_job_whose_progress_the_cockpit_shows(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.FINANCE)
    assert "Not calculated yet" in client.get(f"{world.console}/months/{MONTH}/").text
    page = step(client, world, "calculate").text
    assert f'hx-get="{world.console}/months/{MONTH}/progress/" hx-trigger="every 1s"' in page
    assert "is already under way" in step(client, world, "calculate").text
    run_jobs(world)
    assert client.get(f"{world.console}/months/{MONTH}/progress/")["HX-Refresh"] == "true"
    page = client.get(f"{world.console}/months/{MONTH}/")
    assert page.context["totals"]["pool"] == 3182
    assert [dict(row["cells"])["net_pay"] for row in page.context["table"]] == [1591]


def test_a_statement_with_all_its_lines_is_a_file_or_a_job(
    world: World, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(Role.FINANCE)
    calculated(world, client)
    with world.open():
        statement = Statement.objects.filter(period__code=MONTH)[0]
    page = f"{world.console}/months/{MONTH}/statements/{statement.pk}/"
    assert f'href="{page}xlsx/"' in client.get(page).text
    answer = client.get(f"{page}xlsx/")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    monkeypatch.setattr(statement_book_job, "MOST_AT_ONCE", -1)
    assert f'action="{page}xlsx/order/"' in client.get(page).text
    assert client.get(f"{page}xlsx/")["Location"] == page
    assert "Statement as xlsx · May 2026 · A01" in client.post(f"{page}xlsx/order/", follow=True).text
    assert [job.state for job in run_jobs(world)] == ["done"]
    assert client.get(f"{page}xlsx/").status_code == 200


def test_two_persons_take_a_month_to_its_end(world: World, client_of: Clients) -> None:
    finance, owner = client_of(Role.FINANCE), client_of(Role.OWNER)
    calculated(world, finance)
    submitted(world, finance)
    assert "somebody else has to approve it" in finance.get(f"{world.console}/months/{MONTH}/").text
    assert "a second person has to approve it" in step(finance, world, "approve").text
    assert state(world) == "in_review"
    step(owner, world, "approve")
    step(owner, world, "close")
    assert [job.state for job in run_jobs(world)] == ["done"]
    page = owner.get(f"{world.console}/months/{MONTH}/")
    assert page.context["period"].content_hash in page.text
    assert page.context["may"] == {
        "calculate": False,
        "submit": False,
        "approve": False,
        "send_back": False,
        "close": False,
        "verify": True,
        "export": True,
        "proof_pack": True,
    }
    proof = step(owner, world, "verify")
    (job,) = run_jobs(world)
    assert "1 shares and 1 statements are the same" in plain(owner.get(f"{world.console}/jobs/{job.pk}/").text)
    assert proof.redirect_chain[-1][0].endswith(f"/jobs/{job.pk}/")


def test_submission_is_a_job_that_says_on_the_cockpit_what_it_refuses(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    calculated(world, client)
    with world.open():
        Anchor.objects.update(stage_name="小鹿鹿")
    page = step(client, world, "submit").text
    assert f'hx-get="{world.console}/months/{MONTH}/progress/" hx-trigger="every 1s"' in page
    assert "Submission of a month" in page
    run_jobs(world)
    assert client.get(f"{world.console}/months/{MONTH}/progress/")["HX-Refresh"] == "true"
    assert "Calculate it again" in client.get(f"{world.console}/months/{MONTH}/").text
    assert state(world) == "calculated"
    step(client, world, "calculate")
    run_jobs(world)
    submitted(world, client)
    assert state(world) == "in_review"


def test_a_month_is_sent_back_and_calculated_again(world: World, client_of: Clients) -> None:
    finance, owner = client_of(Role.FINANCE), client_of(Role.OWNER)
    approved(world, finance, owner)
    assert "Send it back first" in step(finance, world, "calculate").text or run_jobs(world)[0].state == "failed"
    step(owner, world, "send-back", reason="坑位费缺失")
    assert state(world) == "calculated"


def test_closing_over_unmatched_money_takes_its_exact_amount(world: World, client_of: Clients) -> None:
    finance, owner = client_of(Role.FINANCE), client_of(Role.OWNER)
    approved(world, finance, owner, holds_account=False)
    page = owner.get(f"{world.console}/months/{MONTH}/").text
    assert 'name="unmatched_fen" value="3182"' in page
    assert "I accept that ¥31.82 (1 line) belongs to nobody" in plain(page)
    assert "¥31.82 belongs to nobody. Tick" in step(owner, world, "close").text
    assert "Look at it again" in step(owner, world, "close", accept="yes", unmatched_fen="1").text
    assert state(world) == "approved"
    step(owner, world, "close", accept="yes", unmatched_fen="3182")
    assert [job.state for job in run_jobs(world)] == ["done"]
    with world.open():
        assert Period.objects.get(code=MONTH).accepted_unmatched_fen == 3182
    closed = owner.get(f"{world.console}/months/{MONTH}/").text
    assert "<strong>Matched</strong><span>¥31.82 belongs to nobody" in closed


def test_blockers_name_the_money_at_risk_and_what_changed(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    calculated(world, client, holds_account=False)
    (found,) = client.get(f"{world.console}/months/{MONTH}/").context["blockers"]
    assert (found["text"], found["amount_fen"], found["stops"]) == ("1 line belongs to nobody", 3182, False)
    bring(world, name="六月订单.csv")
    codes = [found["text"] for found in client.get(f"{world.console}/months/{MONTH}/").context["blockers"]]
    assert codes == ["1 line belongs to nobody", "Data changed after the calculation"]


def test_a_statement_opens_down_to_the_reckoning_of_one_share(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    calculated(world, client)
    with world.open():
        statement, bucket, share = Statement.objects.get(), Bucket.objects.get(), ShareLine.objects.get()
    page = client.get(f"{world.console}/months/{MONTH}/statements/{statement.pk}/")
    lines = {line.name: line.amount for line in page.context["lines"]}
    assert [line.number for line in page.context["lines"]] == [1, 2, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert (lines["commission_share"], lines["earned"], lines["tax"], lines["net_pay"]) == (1591, 1591, 0, 1591)
    assert "1 line, shared by Commission · Everything else" in page.text
    page = client.get(f"{world.console}/months/{MONTH}/buckets/{bucket.pk}/")
    assert page.context["rate"] == "50 %"
    assert [row.share_fen for row in page.context["page"].rows] == [1591]
    why = f"{world.console}/months/shares/{share.pk}/"
    assert [one.code for one in client.get(why).context["steps"]] == ["pool", "rule", "bucket", "share"]
    part = client.get(why, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<ol class="reckoning">')


def test_statements_are_searched_sorted_and_shown_whole(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    calculated(world, client)
    page = client.get(f"{world.console}/months/{MONTH}/?all=1&sort=-net_pay_fen")
    assert len(page.context["heads"]) == 19
    assert page.context["table"]
    assert client.get(f"{world.console}/months/{MONTH}/?q=nobody").context["table"] == []


def test_roles(world: World, client_of: Clients) -> None:
    calculated(world, client_of(Role.FINANCE))
    assert client_of(Role.OPERATIONS).get(f"{world.console}/months/").status_code == 403
    assert client_of(Role.AUDITOR).get(f"{world.console}/months/{MONTH}/").status_code == 200
    for name in ("calculate", "submit", "approve", "close"):
        assert step(client_of(Role.AUDITOR), world, name).status_code == 403
    assert client_of(Role.FINANCE).get(f"{world.console}/months/2031-01/").status_code == 404
    assert state(world) == "calculated"


def test_an_entry_is_kept_until_its_month_closes(world: World, client_of: Clients) -> None:
    finance, owner = client_of(Role.FINANCE), client_of(Role.OWNER)
    approved(world, finance, owner)
    with world.open():
        anchor = Statement.objects.get().payee.anchor
    values = {"code": "E1", "anchor": anchor.pk, "income": "bonus", "date": "2026-05-31", "amount_fen": "100"}
    assert finance.post(f"{world.console}/entries/new/", {**values, "amount_fen": "-1"}).status_code == 422
    assert finance.post(f"{world.console}/entries/new/", values).status_code == 302
    with world.open():
        entry = Entry.objects.get()
        assert (entry.amount_fen, entry.settle_period) == (10_000, MONTH)
    # The entry came after the calculation: the month cannot close over it.
    step(owner, world, "close")
    (job,) = run_jobs(world)
    assert (job.state, "Calculate it again" in job.error_text()) == ("failed", True)
    step(owner, world, "send-back")
    step(finance, world, "calculate")
    run_jobs(world)
    submitted(world, finance)
    step(owner, world, "approve")
    step(owner, world, "close")
    assert run_jobs(world)[0].state == "done"
    page = finance.get(f"{world.console}/entries/{entry.pk}/")
    assert page.context["edit_url"] == ""
    answer = finance.post(f"{world.console}/entries/{entry.pk}/edit/", {**values, "amount_fen": "5"})
    assert answer.status_code == 422
    assert "which is closed" in answer.text


def test_the_start_page_tells_each_role_what_waits(world: World, client_of: Clients) -> None:
    assert "Nothing waits for you" in client_of(Role.FINANCE).get(f"{world.console}/").text
    calculated(world, client_of(Role.FINANCE), holds_account=False)
    page = client_of(Role.FINANCE).get(f"{world.console}/?month={MONTH}")
    assert [(todo.amount_fen, todo.urgent) for todo in page.context["todos"]] == [(3182, True), (0, False)]
    assert page.context["sums"].lines == 2
    assert page.context["chart"]["series"][0]["data"][0] == "169.00"
    assert page.context["totals"]["pool"] == 0
    selection = client_of(Role.SELECTION).get(f"{world.console}/?month={MONTH}")
    assert selection.context["todos"] == []
    assert "sums" not in selection.context


def test_a_statement_is_taken_away_as_a_paper(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    calculated(world, client)
    with world.open():
        statement = Statement.objects.get()
    path = f"{world.console}/months/{MONTH}/statements/{statement.pk}/"
    assert f"{path}pdf/" in client.get(path).text
    answer = client.get(f"{path}pdf/")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    with world.open():
        assert AuditEntry.objects.get(action="download").target_id == statement.pk
    assert client_of(Role.AUDITOR).get(f"{path}pdf/").status_code == 200
    assert client_of(Role.OPERATIONS).get(f"{path}pdf/").status_code == 403
    assert client.get(f"{world.console}/months/2026-04/statements/{statement.pk}/pdf/").status_code == 404


def test_exports_are_ordered_followed_and_fetched(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    assert "No month has been calculated" in client.get(f"{world.console}/jobs/").text
    calculated(world, client)
    wrong = client.post(f"{world.console}/jobs/export/", {"period": MONTH})
    assert wrong.status_code == 422
    answer = client.post(
        f"{world.console}/jobs/export/", {"period": MONTH, "what": ["statements"], "formats": ["csv"]}, follow=True
    )
    assert 'hx-trigger="every 1s"' in answer.text
    (job,) = run_jobs(world)
    page = client.get(f"{world.console}/jobs/{job.pk}/").text
    assert f"{world.console}/jobs/{job.pk}/download/" in page
    content = b"".join(client.get(f"{world.console}/jobs/{job.pk}/download/").streaming_content)
    assert "小鹿".encode() in content
    papers = client.post(f"{world.console}/jobs/export/", {"period": MONTH, "what": ["statements-pdf"]}, follow=True)
    assert "Statements as PDF" in papers.text
    assert [job.state for job in run_jobs(world)] == ["done"]
    operations = client_of(Role.OPERATIONS)
    assert operations.get(f"{world.console}/jobs/{job.pk}/").status_code == 404
    assert operations.get(f"{world.console}/jobs/{job.pk}/download/").status_code == 403
    assert operations.get(f"{world.console}/jobs/").context["form"] is None
