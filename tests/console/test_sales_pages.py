"""Files are brought in, their lines opened, and causes of unmatched money mended once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor, PlatformAccount
from mcn.commissions.models import Unmatched
from mcn.live.services import session_save
from mcn.sales.models import OrderLine, SalesImport
from mcn.settlements.models import Period
from tests.agencies import World
from tests.console.sold import (
    ACCOUNT,
    SETTLED_ORDER,
    bring,
    make_anchor,
    make_contract,
    orders,
    plain,
    refunded,
    run_jobs,
    sold,
)
from tests.sales.platform_files import as_csv, rows_of, sample, with_cell

Clients = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def upload(client: Client, world: World, *files: SimpleUploadedFile, **more: str) -> Any:
    return client.post(f"{world.console}/sales/upload/", {"upload": list(files), **more})


def test_several_files_become_an_import_each_with_progress_and_result(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    answer = upload(
        client, world, SimpleUploadedFile("a.csv", orders()), SimpleUploadedFile("b.csv", b"neither,nor\n1,2\n")
    )
    assert answer.status_code == 302
    waiting = client.get(answer["Location"]).text
    assert waiting.count('hx-trigger="every 1s"') == 2
    assert [job.state for job in run_jobs(world)] == ["done", "failed"]
    page = plain(client.get(answer["Location"]).text)
    assert 'hx-trigger="every 1s"' not in page
    assert "2 rows" in page
    assert "2 new" in page
    with world.open():
        done, failed = SalesImport.objects.order_by("pk")
    detail = client.get(f"{world.console}/sales/imports/{done.pk}/").text
    assert "Earning events" in detail
    assert "The account is not in anyone" in detail
    assert client.get(f"{world.console}/sales/imports/{failed.pk}/").status_code == 200


def test_files_chosen_together_go_in_by_name(world: World, client_of: Clients) -> None:
    names = ["orders_20260731.csv", "orders_20260620.csv", "orders_20260630.csv"]
    upload(client_of(Role.OPERATIONS), world, *(SimpleUploadedFile(name, orders()) for name in names))
    with world.open():
        assert list(SalesImport.objects.order_by("pk").values_list("file_name", flat=True)) == sorted(names)


def test_an_empty_file_is_refused_by_name_before_anything_is_stored(world: World, client_of: Clients) -> None:
    answer = upload(client_of(Role.FINANCE), world, SimpleUploadedFile("leer.csv", b""))
    assert answer.status_code == 422
    assert "file “leer.csv”: The file is empty (0 bytes)." in answer.text
    with world.open():
        assert not SalesImport.objects.exists()


def test_what_is_wrong_with_one_file_keeps_no_other_out(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    good = SimpleUploadedFile("gut.csv", sample("douyin_alliance").read_bytes())
    answer = upload(client, world, SimpleUploadedFile("leer.csv", b""), good)
    assert answer.status_code == 302
    assert "file “leer.csv”: The file is empty (0 bytes)." in client.get(answer.url).text
    with world.open():
        assert [row.file_name for row in SalesImport.objects.all()] == ["gut.csv"]


def test_a_file_over_the_limit_is_refused_with_both_sizes(world: World, client_of: Clients, settings: Any) -> None:
    settings.SALES_FILE_MAX_BYTES = 1024**2
    answer = upload(client_of(Role.FINANCE), world, SimpleUploadedFile("big.csv", b"x" * (1024**2 + 1)))
    assert "file “big.csv”: The file has 2 MB; the limit is 1 MB." in answer.text


def test_the_same_file_twice_changes_nothing(world: World, client_of: Clients) -> None:
    first, second = sold(world), bring(world)
    assert (first.counts["created"], second.counts["created"], second.counts["unchanged"]) == (2, 0, 2)
    page = client_of(Role.AUDITOR).get(f"{world.console}/sales/imports/{second.pk}/").text
    assert "No earning event" in page


def test_the_file_itself_is_for_those_who_import_only(world: World, client_of: Clients) -> None:
    done = sold(world)
    path = f"{world.console}/sales/imports/{done.pk}/file/"
    assert client_of(Role.AUDITOR).get(path).status_code == 403
    answer = client_of(Role.OPERATIONS).get(path)
    assert b"".join(answer.streaming_content) == orders()
    assert answer["Content-Disposition"].startswith("attachment")
    assert client_of(Role.OPERATIONS).get(f"{world.console}/sales/imports/{done.pk}/rejected/").status_code == 404


def test_lines_are_found_by_order_platform_account_status_and_day(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.OPERATIONS)

    def found(query: str) -> list[str]:
        rows = client.get(f"{world.console}/sales/lines/?{query}").context["page"].rows
        return [row.order_key[-3:] for row in rows]

    assert found("") == ["101", "104"]
    assert found(f"q={SETTLED_ORDER}") == ["104"]
    assert found("q=699") == []
    assert found("status=4") == ["104"]
    assert found("platform=kuaishou") == []
    assert found(f"account=douyin:{ACCOUNT}&since=2026-05-02") == ["101"]
    assert found("until=2026-05-01") == ["104"]
    assert found("status=no_time") == []


def test_a_line_shows_its_whole_life(world: World, client_of: Clients) -> None:
    sold(world)
    with world.open():
        line = OrderLine.objects.get(order_key=SETTLED_ORDER)
    page = client_of(Role.FINANCE).get(f"{world.console}/sales/lines/{line.pk}/")
    assert page.context["triples"][1] == ("Commission", 3549, 3182)
    assert page.context["holder"].anchor.code == "A01"
    assert "Shared once May 2026 is calculated." in page.text
    assert "五月订单.csv" in page.text
    # Operations see the line, not who earns what on it.
    assert "Shared once" not in client_of(Role.OPERATIONS).get(f"{world.console}/sales/lines/{line.pk}/").text


def looked_at(client: Client, world: World, content: bytes | None = None) -> SalesImport:
    """A file that was looked at on the page, and waits for the decision."""
    file = SimpleUploadedFile("neu.csv", orders() if content is None else content)
    answer = upload(client, world, file, preview="on")
    with world.open():
        row = SalesImport.objects.latest("pk")
    assert answer["Location"] == f"{world.console}/sales/imports/{row.pk}/"
    assert 'hx-trigger="every 1s"' in client.get(answer["Location"]).text
    assert [(job.kind, job.state) for job in run_jobs(world)] == [("preview", "done")]
    return row


def test_the_upload_page_shows_what_changes_first_unless_told_otherwise(world: World, client_of: Clients) -> None:
    page = client_of(Role.OPERATIONS).get(f"{world.console}/sales/upload/").text
    assert 'name="preview"' in page and "checked" in page.split('name="preview"')[1].split(">")[0]


def test_a_file_is_looked_at_and_then_taken_in(world: World, client_of: Clients) -> None:
    with world.open():
        make_anchor(holds_account=True, rate="0.5")
    client = client_of(Role.OPERATIONS)
    row = looked_at(client, world)
    path = f"{world.console}/sales/imports/{row.pk}/"
    page = plain(client.get(path).text)
    assert "Nothing of this file has been taken in so far." in page
    assert "¥0.00 → ¥31.82+¥31.82" in page
    assert "A01 小鹿" in page
    assert "neu.csv waits for a decision" in client.get(f"{world.console}/").text
    listed = plain(client.get(f"{world.console}/sales/imports/?state=previewed").text)
    assert "would be +¥31.82" in listed and "To be decided" in listed
    answer = client.post(f"{path}take-in/")
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert 'hx-trigger="every 1s"' in client.get(path).text
    assert [(job.kind, job.state) for job in run_jobs(world)] == [("import", "done")]
    here = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{path}"}
    assert client.get(f"{path}progress/", headers=here)["HX-Refresh"] == "true"
    done = plain(client.get(path).text)
    assert "¥0.00 → ¥31.82+¥31.82" in done and "has been taken in so far" not in done
    assert "+¥31.82" in plain(client.get(f"{world.console}/sales/imports/").text)
    again = client.post(f"{path}drop/", follow=True)
    assert "“neu.csv” has been taken in already." in again.text


def test_a_file_is_looked_at_and_dropped(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    row = looked_at(client, world)
    path = f"{world.console}/sales/imports/{row.pk}/"
    page = client.post(f"{path}drop/", follow=True).text
    assert "“neu.csv” was dropped." in page
    assert "it changed nothing" in page and "Take in" not in page
    assert "“neu.csv” was dropped. Bring the file in again." in client.post(f"{path}take-in/", follow=True).text
    assert run_jobs(world) == []
    assert "waits for a decision" not in client.get(f"{world.console}/").text


def test_who_may_not_import_sees_what_would_change_but_decides_nothing(world: World, client_of: Clients) -> None:
    row = looked_at(client_of(Role.OPERATIONS), world)
    path = f"{world.console}/sales/imports/{row.pk}/"
    client = client_of(Role.AUDITOR)
    page = client.get(path).text
    assert "By platform and account" in page and "Take in" not in page
    assert "waits for a decision" not in client.get(f"{world.console}/").text
    assert {client.post(f"{path}{what}/").status_code for what in ("take-in", "drop")} == {403}
    assert client_of(Role.OPERATIONS).get(f"{path}drop/").status_code == 405


def test_corrections_of_closed_months_stand_first(world: World, client_of: Clients) -> None:
    with world.open():
        Period.objects.create(code="2026-05", state=Period.State.CLOSED)
    client = client_of(Role.OPERATIONS)
    row = looked_at(client, world)
    page = plain(client.get(f"{world.console}/sales/imports/{row.pk}/").text)
    assert "of May 2026, settled in Jun 2026" in page
    assert "of May 2026, which is closed" in page


def test_refused_rows_are_shown_before_the_decision(world: World, client_of: Clients) -> None:
    bad = as_csv(with_cell(rows_of("douyin_alliance"), 2, "支付金额", "viel")).encode()
    client = client_of(Role.OPERATIONS)
    row = looked_at(client, world, bad)
    path = f"{world.console}/sales/imports/{row.pk}/"
    assert "“viel” is no amount." in client.get(path).text
    assert client.get(f"{path}rejected/").status_code == 200
    client.post(f"{path}drop/")
    assert client.get(f"{path}rejected/").status_code == 404
    assert client.get(f"{path}file/").status_code == 404


def test_orders_nobody_can_date_are_named(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    row = looked_at(client, world, sample("taobao_refunds").read_bytes())
    page = client.get(f"{world.console}/sales/imports/{row.pk}/").text
    assert "without payment time" in page and "The line names no anchor" in page


def test_a_line_tells_all_its_states_and_events_in_the_order_they_became_known(
    world: World, client_of: Clients
) -> None:
    sold(world)
    bring(world, refunded(), "juni.csv")
    with world.open():
        line = OrderLine.objects.get(order_key=SETTLED_ORDER)
    page = client_of(Role.FINANCE).get(f"{world.console}/sales/lines/{line.pk}/")
    kinds = [next(key for key in ("state", "told", "event") if key in entry) for entry in page.context["life"]]
    assert kinds == ["state", "event", "state", "event"]
    assert [entry["event"].pool_fen for entry in page.context["life"] if "event" in entry] == [3182, -1082]
    text = plain(page.text)
    assert "settled commission ¥31.82, platform fee ¥0.00, on ¥151.53" in text
    assert "settled commission ¥21.00, platform fee ¥0.00, on ¥151.53" in text
    assert text.index("五月订单.csv") < text.rindex("juni.csv")


def test_a_line_is_shown_as_it_was_known_at_the_end_of_a_day(world: World, client_of: Clients) -> None:
    first = sold(world)
    bring(world, refunded(), "juni.csv")
    with world.open():
        line = OrderLine.objects.get(order_key=SETTLED_ORDER)
        later = first.recorded_at - timedelta(days=2)
        SalesImport.objects.filter(pk=first.pk).update(recorded_at=later)
    day = f"{later.astimezone(world.agency.zone):%Y-%m-%d}"
    client, path = client_of(Role.FINANCE), f"{world.console}/sales/lines/{line.pk}/"
    page = client.get(f"{path}?as_of={day}")
    assert page.context["state"].settled_gross_fen == 3182
    assert [next(iter(entry)) for entry in page.context["life"]] == ["state"]
    assert "juni.csv" not in page.text
    before = client.get(f"{path}?as_of={later - timedelta(days=1):%Y-%m-%d}").text
    assert "Not known yet" in before and "五月订单.csv" not in before
    for nonsense in ("tomorrow", "", "2026-13-01"):
        assert client.get(f"{path}?as_of={nonsense}").context["state"].settled_gross_fen == 2100


def mend(client: Client, world: World, group: Any, **values: object) -> Any:
    prefix = f"{group.reason}-{group.cause}"
    data = {"reason": group.reason, "cause": group.cause} | {
        f"{prefix}-{name}": value for name, value in values.items()
    }
    return client.post(f"{world.console}/sales/unmatched/mend/", data, follow=True)


def desk_after(client: Client, world: World, answer: Any) -> str:
    """The desk as it shows itself again once the job has ended that the mending started."""
    assert [job.kind for job in run_jobs(world)] == ["match"]
    (redirect,) = answer.redirect_chain
    return client.get(redirect[0]).text


def cards(client: Client, world: World) -> list[Any]:
    return client.get(f"{world.console}/sales/unmatched/").context["cards"]


def test_an_account_is_given_to_an_anchor_once_and_all_its_lines_follow(world: World, client_of: Clients) -> None:
    sold(world, holds_account=False)
    client = client_of(Role.OPERATIONS)
    (card,) = cards(client, world)
    assert (card["group"].reason, card["group"].lines, card["group"].pool_fen) == ("unknown_account", 1, 3182)
    with world.open():
        anchor = Anchor.objects.get(code="A01")
    answer = mend(client, world, card["group"], anchor=anchor.pk, starts_on="2026-05-01", collected_by="agency")
    progress = f"{world.console}/sales/unmatched/jobs/{answer.context['job'].pk}/"
    assert f'hx-get="{progress}" hx-trigger="every 1s"' in answer.text
    assert "HX-Refresh" not in client.get(progress)
    page = desk_after(client, world, answer)
    assert client.get(progress)["HX-Refresh"] == "true"
    assert "1 line with ¥31.82 has found its owner." in page
    assert "Everything has an owner" in page
    assert "has found its owner" not in client.get(f"{world.console}/sales/unmatched/").text
    assert "has found its owner" in client.get(f"{world.console}/jobs/{answer.context['job'].pk}/").text
    with world.open():
        account = PlatformAccount.objects.get()
        assert (account.anchor_id, str(account.starts_on)) == (anchor.pk, "2026-05-01")
        assert not Unmatched.objects.exclude(reason="").exists()


def test_what_then_waits_for_another_reason_is_said(world: World, client_of: Clients) -> None:
    sold(world, holds_account=False, rate=None)
    client = client_of(Role.OPERATIONS)
    (card,) = cards(client, world)
    with world.open():
        anchor = Anchor.objects.get()
    answer = mend(client, world, card["group"], anchor=anchor.pk, starts_on="2026-05-01", collected_by="agency")
    assert "1 line waits for another reason now." in desk_after(client, world, answer)
    (card,) = cards(client, world)
    assert (card["group"].reason, card["name"]) == ("no_contract", "Anchor A01 小鹿")


def test_a_cause_mended_on_another_page_is_matched_again_on_demand(world: World, client_of: Clients) -> None:
    sold(world, rate=None)
    client = client_of(Role.OWNER)
    (card,) = cards(client, world)
    assert (card["group"].reason, card["form"], card["may_match_again"]) == ("no_contract", None, True)
    assert "1 line of this cause is left" in desk_after(client, world, mend(client, world, card["group"]))
    with world.open():
        make_contract(Anchor.objects.get(), "0.5")
    page = desk_after(client, world, mend(client, world, card["group"]))
    assert "1 line with ¥31.82 has found its owner." in page and "Everything has an owner" in page


def test_who_may_not_mend_a_cause_elsewhere_cannot_have_it_matched_again(world: World, client_of: Clients) -> None:
    sold(world, rate=None)
    client = client_of(Role.AUDITOR)
    (card,) = cards(client, world)
    assert not card["may_match_again"]
    assert mend(client, world, card["group"]).status_code == 403
    assert run_jobs(world) == []


def test_each_of_two_sessions_can_be_opened_from_the_desk(world: World, client_of: Clients) -> None:
    with world.open():
        anchor = make_anchor(holds_account=True, rate="0.5")
        for code, hour in (("S1", 0), ("S2", 1)):
            session_save(
                actor=None,
                code=code,
                platform="douyin",
                account_id=ACCOUNT,
                starts_at=datetime(2026, 4, 30, 22 + hour, tzinfo=world.agency.zone),
                ends_at=datetime(2026, 5, 1, 2, tzinfo=world.agency.zone),
                hosts=[(anchor, Decimal(1))],
            )
    bring(world)
    client = client_of(Role.OPERATIONS)
    (card,) = cards(client, world)
    assert (card["group"].reason, [label for label, _url in card["links"]]) == ("two_sessions", ["S1", "S2"])
    for label, url in card["links"]:
        assert label in client.get(url).text


def test_lines_paid_before_the_holding_stay(world: World, client_of: Clients) -> None:
    sold(world, holds_account=False)
    client = client_of(Role.OPERATIONS)
    (card,) = cards(client, world)
    with world.open():
        anchor = Anchor.objects.get()
    answer = mend(client, world, card["group"], anchor=anchor.pk, starts_on="2026-05-02", collected_by="agency")
    assert "1 line of this cause is left" in desk_after(client, world, answer)


def test_whoever_comes_to_the_desk_sees_that_lines_are_being_matched(world: World, client_of: Clients) -> None:
    sold(world, holds_account=False)
    client = client_of(Role.OPERATIONS)
    (card,) = cards(client, world)
    with world.open():
        anchor = Anchor.objects.get(code="A01")
    mend(client, world, card["group"], anchor=anchor.pk, starts_on="2026-05-01", collected_by="agency")
    auditor = client_of(Role.AUDITOR)
    assert "Matching of unmatched lines" in auditor.get(f"{world.console}/sales/unmatched/").text
    assert "Matching of unmatched lines" in auditor.get(f"{world.console}/sales/unmatched/?job=x").text
    run_jobs(world)
    assert "Matching of unmatched lines" not in auditor.get(f"{world.console}/sales/unmatched/").text
    assert "Matching of unmatched lines" not in auditor.get(f"{world.console}/sales/unmatched/?job=1{'0' * 17}").text


def test_mending_is_refused_to_those_who_may_not_and_bad_input_is_shown_in_place(
    world: World, client_of: Clients
) -> None:
    sold(world, holds_account=False)
    (card,) = cards(client_of(Role.FINANCE), world)
    assert (card["may"], card["form"]) == (False, None)
    assert mend(client_of(Role.FINANCE), world, card["group"], anchor=1).status_code == 403
    answer = mend(client_of(Role.OPERATIONS), world, card["group"], anchor=999_999, starts_on="")
    assert answer.status_code == 422
    assert answer.text.count('class="field-errors"') == 3
    with world.open():
        assert not PlatformAccount.objects.exists()


def test_a_cause_that_is_gone_is_said_so(world: World, client_of: Clients) -> None:
    sold(world)
    answer = client_of(Role.OPERATIONS).post(
        f"{world.console}/sales/unmatched/mend/", {"reason": "unknown_account", "cause": "douyin:1"}, follow=True
    )
    assert "This cause has been mended already." in answer.text
