"""What the platforms give comes in as files do, once, however often and however brokenly it is fetched."""

import json
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from mcn.accounts.models import AuditEntry
from mcn.core.errors import Conflict, RuleError
from mcn.jobs import registry
from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.sales.connectors import APIS, Session
from mcn.sales.models import Connection, EarningEvent, OrderLine, PulledWindow, SalesImport
from mcn.sales.services import connections
from mcn.settlements import pulling, tasks
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.killed import Killed, killed_everywhere
from tests.sales.connectors.platforms import ENTERED, ZONE, Platforms, Time, api_rows, changed_at
from tests.sales.platform_files import rows_of
from tests.settlements.desk import Desk

CLOCK: list[Time] = []
FACTS = (
    "platform",
    "order_key",
    "line_key",
    "account_key",
    "status",
    "estimated_gross_fen",
    "settled_gross_fen",
    "changed_at",
)
Connect = Callable[..., Connection]


def with_the_tests_clock(run: JobRun) -> dict[str, Any]:
    """The body of the job, without any sleep."""
    return pulling.run(run, clock=CLOCK[0], sleep=CLOCK[0].sleep)


@pytest.fixture(autouse=True)
def one_clock(platforms: Platforms, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product, the jobs and the platforms agree on the time."""
    CLOCK[:] = [platforms.time]
    monkeypatch.setattr(timezone, "now", lambda: platforms.time.now)
    monkeypatch.setitem(
        registry.KINDS, "pull", registry.KINDS["pull"]._replace(body=f"{__name__}.with_the_tests_clock")
    )


@pytest.fixture
def connect(desk: Desk) -> Connect:
    """Enter a connection as the owner would."""

    def made(code: str, people: World | None = None, **values: Any) -> Connection:
        people = people or desk.people
        with people.open():
            connection, _outcome = connections.connection_save(
                actor=people.owner,
                api=code,
                name=values.pop("name", f"{APIS[code].platform} 一号"),
                credentials=values.pop("credentials", ENTERED[code]),
                account_id=values.pop("account_id", "1000001" if APIS[code].needs_account else ""),
                since=values.pop("since", date(2026, 6, 1)),
                **values,
            )
        return connection

    return made


def start(desk: Desk, connection: Connection) -> Job:
    with desk.reading():
        return pulling.start(actor=desk.people.finance, connection=connection)


def pull(desk: Desk, connection: Connection) -> Job:
    """Fetch now, and bring in what was fetched."""
    job = start(desk, connection)
    with agency_scope(desk.people.id):
        done = job_services.run(job.pk)
    bring_in(desk)
    return done


def bring_in(desk: Desk) -> None:
    with agency_scope(desk.people.id):
        with transaction.atomic():
            waiting = list(Job.objects.filter(kind="import", state=Job.State.QUEUED).values_list("pk", flat=True))
        for pk in waiting:
            done = job_services.run(pk)
            assert done.state == Job.State.DONE, done.error_text()


def lines(desk: Desk) -> list[tuple[Any, ...]]:
    with desk.reading():
        return sorted(OrderLine.objects.values_list(*FACTS))


def first_day(code: str) -> date:
    """When the first order of the sample changed last."""
    return min(changed_at(code, row) for row in had(code)).date()


def had(code: str) -> list[dict[str, Any]]:
    """The orders of the sample that there are by the time of the tests."""
    return [row for row in api_rows(code) if changed_at(code, row) < CLOCK[0].now]


def events(desk: Desk) -> list[tuple[Any, ...]]:
    with desk.reading():
        return sorted(
            EarningEvent.objects.values_list(
                "kind", "occurred_at", "base_fen", "gross_fen", "fee_fen", "line__order_key"
            )
        )


def refreshed(desk: Desk, connection: Connection) -> Connection:
    with desk.reading():
        return Connection.objects.get(pk=connection.pk)


def windows(desk: Desk) -> list[PulledWindow]:
    with desk.reading():
        return list(PulledWindow.objects.order_by("pk"))


MOMENTS = st.integers(0, 60).map(lambda hours: datetime(2026, 6, 1, tzinfo=ZONE) + timedelta(hours=hours))


@given(st.lists(st.tuples(MOMENTS, MOMENTS).filter(lambda span: span[0] < span[1]), max_size=8))
def test_windows_that_are_fetched_again_cover_the_same_time_and_each_hour_once(
    spans: list[tuple[datetime, datetime]],
) -> None:
    windows = pulling._apart(spans)
    hours = [datetime(2026, 6, 1, tzinfo=ZONE) + timedelta(hours=hour) for hour in range(60)]
    for hour in hours:
        wanted = any(start_at <= hour < end_at for start_at, end_at in spans)
        assert sum(window.start <= hour < window.end for window in windows) == wanted


@pytest.mark.parametrize("code", APIS)
def test_orders_come_as_they_would_from_a_file_and_once(
    code: str, desk: Desk, beichen: World, platforms: Platforms, connect: Connect
) -> None:
    platforms.orders[code] = had(code)
    platforms.page_size = 2
    connection = connect(code, since=first_day(code))
    job = pull(desk, connection)
    assert job.state == Job.State.DONE, job.error_text()
    rows = len(platforms.orders[code])
    assert (job.counts["rows"], job.counts["lost_days"]) == (rows, 0)
    by_hand = Desk(beichen)
    account = {"account_id": connection.account_id} if connection.account_id else {}
    by_hand.bring(
        json.dumps(platforms.orders[code]).encode(),
        format=code,
        exported_at="2026-06-04 12:00",
        name="a.json",
        **account,
    )
    assert lines(desk) == lines(by_hand) != []
    assert events(desk) == events(by_hand)
    assert refreshed(desk, connection).complete_until == datetime(2026, 6, 4, 12, tzinfo=ZONE)
    # Once more: the days of the overlap are fetched again, and nothing changes.
    before = lines(desk), events(desk)
    assert pull(desk, connection).state == Job.State.DONE
    assert (lines(desk), events(desk)) == before


@pytest.mark.parametrize("code", APIS)
def test_a_file_is_a_day_and_is_kept_like_any_file(
    code: str, desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    platforms.orders[code] = had(code)
    connection = connect(code, name="主账号", since=first_day(code))
    pull(desk, connection)
    days = {f"{changed_at(code, row):%Y-%m-%d}" for row in platforms.orders[code]}
    imports = desk.imports()
    assert [made.file_name for made in imports] == [f"主账号 {day}.json" for day in sorted(days)]
    assert {(made.format, made.state) for made in imports} == {(code, SalesImport.State.DONE)}
    with agency_scope(desk.people.id):
        stored = json.loads(files.path_of(imports[0].stored_path).read_bytes())
    assert isinstance(stored, list)


@pytest.mark.parametrize("code", APIS)
def test_every_request_is_within_what_the_platform_allows(
    code: str, desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    far = min(APIS[code].history, 500 * APIS[code].longest)  # short windows are alike: some are enough
    connection = connect(code, since=(platforms.time.now - far).date())
    assert pull(desk, connection).state == Job.State.DONE  # the server refuses the others
    nothing = pull(desk, connection)
    with translation.override("zh-hans"):
        assert pulling.worded(nothing) == ["平台没有返回有变化的订单。"]


def test_a_row_that_changes_between_two_runs_counts_as_it_is_now(
    desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    code = "douyin_institution"
    rows = platforms.orders[code] = had(code)
    connection = connect(code, since=first_day(code))
    pull(desk, connection)
    paid, settled = rows[0], rows[2]
    paid |= {
        "flow_point": "SETTLE",
        "settle_time": "2026-06-04 13:00:00",
        "settled_goods_amount": 16900,
        "shop_real_commission": 3380,
        "settled_tech_service_fee": 338,
        "real_commission": 2129,
        "institution_commission": 913,
        "update_time": "2026-06-04 13:00:01",
    }
    settled |= {
        **dict.fromkeys(("settled_goods_amount", "shop_real_commission", "settled_tech_service_fee"), 0),
        **dict.fromkeys(("real_commission", "institution_commission"), 0),
        "flow_point": "REFUND",
        "refund_time": "2026-06-04 14:00:00",
        "update_time": "2026-06-04 14:00:01",
    }
    platforms.time.now += timedelta(hours=6)
    pull(desk, connection)
    kinds = [(event[0], event[3]) for event in events(desk) if event[5] in (paid["order_id"], settled["order_id"])]
    assert sorted(kinds) == [("clawback", -3885), ("settled", 3380), ("settled", 3885)]


def test_a_change_that_the_platform_tells_late_is_found_in_the_overlap(
    desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    code = "douyin_institution"
    late, *rows = had(code)
    platforms.orders[code] = rows
    late["update_time"] = "2026-06-02 10:00:00"
    connection = connect(code, overlap_days=2)
    pull(desk, connection)
    rows.append(late)
    platforms.asked.clear()
    platforms.time.now += timedelta(hours=6)
    pull(desk, connection)
    assert late["order_id"] in {line[1] for line in lines(desk)}
    starts = {asked["start_time"] for _method, asked in platforms.asked}
    assert "2026-06-02 00:00:00" in starts and "2026-06-01 00:00:00" not in starts


@pytest.mark.parametrize("export_first", [True, False])
def test_a_taobao_order_of_the_export_and_of_the_api_is_one_line(
    export_first: bool, desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    platforms.orders["taobao_api"] = api_rows("taobao_api")
    connection = connect("taobao_api", since=first_day("taobao_api"))
    if export_first:
        desk.bring(rows_of("taobao_union"), exported_at="2026-06-01 00:00")
        known = events(desk)
        assert pull(desk, connection).counts["rows"] == 5
    else:
        pull(desk, connection)
        known = events(desk)
        desk.bring(rows_of("taobao_union"), exported_at="2026-06-05 00:00")
    assert events(desk) == known != []
    assert len(lines(desk)) == len(rows_of("taobao_union")) - 1
    with desk.reading():
        assert set(OrderLine.objects.values_list("account_key", "account_name")) == {("", "示例推广位")}


@pytest.mark.parametrize("codes", [("taobao_api", "taobao_refunds"), ("taobao_refunds", "taobao_api")])
def test_a_taobao_refund_takes_back_what_its_order_gave_whichever_is_fetched_first(
    codes: tuple[str, str], desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    for code in codes:
        platforms.orders[code] = had(code)
        pull(desk, connect(code, name=code, since=first_day(code)))
    found = [event for event in events(desk) if event[5] == "2090000000000000105"]
    assert found == [
        ("clawback", datetime(2026, 5, 8, 9, 30, tzinfo=ZONE), -9900, -1782, -178, "2090000000000000105"),
        ("settled", datetime(2026, 4, 30, 10, tzinfo=ZONE), 19900, 3582, 358, "2090000000000000105"),
    ]


def test_a_taobao_order_that_settles_later_and_one_that_is_told_late_are_found_in_the_overlap(
    desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    late, paid, *_rest = had("taobao_api")
    late["modified_time"], paid["modified_time"] = "2026-06-02 10:00:00", "2026-06-03 08:00:00"
    platforms.orders["taobao_api"] = [paid]
    connection = connect("taobao_api", overlap_days=2)
    pull(desk, connection)
    assert events(desk) == []
    platforms.orders["taobao_api"] = [late, paid]
    paid |= {
        "tk_status": 3,
        "pay_price": "100.00",
        "pub_share_fee": "20.00",
        "alimama_share_fee": "2.00",
        "tk_earning_time": "2026-06-04 13:00:00",
        "modified_time": "2026-06-04 13:00:02",
    }
    platforms.time.now += timedelta(hours=6)
    pull(desk, connection)
    assert [line[1] for line in lines(desk)] == [late["trade_parent_id"], paid["trade_parent_id"]]
    assert [event[0] for event in events(desk)] == ["settled"]
    assert events(desk)[0][2:5] == (10000, 2000, 200)


def test_the_same_bytes_of_a_day_are_no_import_of_their_own(desk: Desk, platforms: Platforms, connect: Connect) -> None:
    code = "wechat_league"
    (row, *_rest) = had(code)
    row["update_time"] = int(datetime(2026, 6, 3, 9, tzinfo=ZONE).timestamp())
    platforms.orders[code] = [row]
    connection = connect(code)
    assert pull(desk, connection).counts["files"] == 1
    assert pull(desk, connection).counts == {"rows": 1, "files": 0, "lost_days": 0}
    assert len(desk.imports()) == 1
    row["update_time"] += 1
    assert pull(desk, connection).counts["files"] == 1


def test_jd_orders_are_settled_on_the_day_that_jd_pays_though_their_rows_do_not_change(
    desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    row = next(row for row in api_rows("jd_union") if str(row["validCode"]) == "17")
    row |= {"payMonth": "20260608", "modifyTime": "2026-06-01 10:00:00"}
    platforms.orders["jd_union"] = [row]
    connection = connect("jd_union", overlap_days=1)
    pull(desk, connection)
    assert [window.again_on for window in windows(desk) if window.rows] == [date(2026, 6, 9)]
    platforms.time.now = datetime(2026, 6, 8, 12, tzinfo=ZONE)
    pull(desk, connection)
    assert events(desk) == []
    platforms.time.now = datetime(2026, 6, 9, 6, tzinfo=ZONE)
    job = pull(desk, connection)
    assert job.counts["files"] == 1
    ((kind, occurred_at, *_rest),) = events(desk)
    assert (kind, occurred_at) == ("settled", datetime(2026, 6, 8, 23, 59, 59, tzinfo=ZONE))
    assert not [window for window in windows(desk) if window.again_on]
    assert pull(desk, connection).counts["files"] == 0


def test_jd_orders_that_are_still_coming_in_on_that_day_are_looked_at_by_the_next_run(
    desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    row = next(row for row in api_rows("jd_union") if str(row["validCode"]) == "17")
    row |= {"payMonth": "20260604", "modifyTime": "2026-06-03 10:00:00"}
    platforms.orders["jd_union"] = [row]
    connection = connect("jd_union", since=date(2026, 6, 3))
    for _run in range(2):
        job = start(desk, connection)
        with agency_scope(desk.people.id):
            job_services.run(job.pk)
        platforms.time.now += timedelta(days=1)
    bring_in(desk)
    assert events(desk) == []
    pull(desk, connection)
    assert [event[0] for event in events(desk)] == ["settled"]


def test_a_day_in_the_overlap_is_looked_at_again_too_when_jd_has_paid(
    desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    row = next(row for row in api_rows("jd_union") if str(row["validCode"]) == "17")
    row |= {"payMonth": "20260604", "modifyTime": "2026-06-04 08:00:00"}
    platforms.orders["jd_union"] = [row]
    connection = connect("jd_union", overlap_days=3)
    pull(desk, connection)
    assert events(desk) == []
    platforms.time.now += timedelta(days=1)
    pull(desk, connection)
    assert [event[0] for event in events(desk)] == ["settled"]


def test_a_run_that_fails_keeps_the_days_before_and_the_next_goes_on_there(
    desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    code = "douyin_institution"
    platforms.orders[code] = had(code)
    platforms.troubles.extend(["", "", "500"])
    connection = connect(code, since=first_day(code))
    failed = pull(desk, connection)
    assert failed.state == Job.State.FAILED
    with translation.override("en"):
        assert failed.error_text().startswith("Douyin gave an answer that cannot be read (HTTP status 500).")
    with translation.override("zh-hans"):
        assert failed.error_text().startswith("抖音")
    until = refreshed(desk, connection).complete_until
    assert until is not None and first_day(code) < until.date() < platforms.time.now.date()
    kept = lines(desk)
    assert pull(desk, connection).state == Job.State.DONE
    assert len(kept) < len(lines(desk)) == len(platforms.orders[code])


@pytest.mark.parametrize("code", APIS)
def test_a_killed_run_goes_on_at_the_last_finished_day_and_gives_the_same_lines(
    code: str, desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    platforms.orders[code] = had(code)
    first = first_day(code)
    connection = connect(code, since=first)
    job = start(desk, connection)

    def die(calls: int) -> None:
        if calls == max(6, 2 * timedelta(days=1) // APIS[code].longest):
            raise Killed

    with pytest.MonkeyPatch.context() as patch, agency_scope(desk.people.id):
        sleep = platforms.time.sleep
        patch.setattr(platforms.time, "sleep", lambda seconds: (sleep(seconds), die(len(platforms.asked))))
        with pytest.raises(Killed):
            job_services.run(job.pk)
    with desk.reading():
        reached = PulledWindow.objects.aggregate(at=Max("ends_at"))["at"]
    assert first < reached.astimezone(ZONE).date() < platforms.time.now.date()
    with agency_scope(desk.people.id):
        done = job_services.run(job.pk)
    bring_in(desk)
    assert done.state == Job.State.DONE
    assert (done.attempts, done.counts["rows"]) == (2, sum(window.rows for window in windows(desk)))
    starts = [window.starts_at for window in windows(desk)]
    assert starts == sorted(set(starts))
    orders = {str(row[_order_key(code)]) for row in platforms.orders[code]}
    assert {line[1] for line in lines(desk)} == orders - _not_taken(code)


def test_a_run_killed_anywhere_fetches_each_day_once(desk: Desk, platforms: Platforms, connect: Connect) -> None:
    code = "jd_union"  # its keys do not change: a worker that dies with a new token in hand has to be let in anew
    platforms.orders[code] = had(code)
    job = start(desk, connect(code, since=first_day(code)))

    def work() -> Job:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(attempts=1)
        return job_services.run(job.pk)

    with agency_scope(desk.people.id):
        assert killed_everywhere(work, undisturbed_steps=12) > 10
        done = work()
    bring_in(desk)
    assert done.state == Job.State.DONE, done.error_text()
    assert done.counts["rows"] == sum(window.rows for window in windows(desk))
    starts = [window.starts_at for window in windows(desk)]
    assert starts == sorted(set(starts))
    orders = {str(row[_order_key(code)]) for row in platforms.orders[code]}
    assert {line[1] for line in lines(desk)} == orders - _not_taken(code)


def _order_key(code: str) -> str:
    named = {
        "kuaishou_api": "oid",
        "jd_union": "orderId",
        "pdd_duoduo": "order_sn",
        "taobao_api": "trade_parent_id",
        "taobao_refunds": "tb_trade_parent_id",
    }
    return named.get(code, "order_id")


def _not_taken(code: str) -> set[str]:
    """Orders of the samples that nobody paid."""
    unpaid = {"jd_union": ("validCode", "15"), "pdd_duoduo": ("order_status", "-1")}.get(code)
    rows = had(code) if unpaid else []
    return {str(row[_order_key(code)]) for row in rows if unpaid and str(row[unpaid[0]]) == unpaid[1]}


def test_a_day_with_very_many_orders_is_several_files(
    desk: Desk, platforms: Platforms, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "MOST_ROWS", 2)
    code = "douyin_institution"
    row = had(code)[0]
    platforms.orders[code] = [
        {**row, "order_id": f"69900000000000009{hour:02d}", "update_time": f"2026-06-03 {hour:02d}:30:00"}
        for hour in (1, 2, 7, 8, 13, 20)
    ]
    job = pull(desk, connect(code, since=date(2026, 6, 3)))
    assert (job.counts["rows"], job.counts["files"], len(lines(desk))) == (6, 3, 6)
    names = [made.file_name[-14:-5] for made in desk.imports()]
    assert names == ["0000–0600", "0600–1030", "1030–0000"]


def test_new_tokens_are_kept_as_soon_as_they_are_given(desk: Desk, platforms: Platforms, connect: Connect) -> None:
    platforms.troubles.extend(["", "500"])
    connection = connect("douyin_institution")
    assert pull(desk, connection).state == Job.State.FAILED
    kept = refreshed(desk, connection).credentials
    assert (kept["refresh_token"], kept["access_token"]) == ("dy-refresh-1", "token-1")
    assert pull(desk, connection).state == Job.State.DONE


def test_a_worker_that_dies_with_a_new_token_in_hand_is_told_of_and_let_in_anew(
    desk: Desk, platforms: Platforms, connect: Connect
) -> None:
    connection = connect("douyin_institution")
    job = start(desk, connection)
    with pytest.MonkeyPatch.context() as patch, agency_scope(desk.people.id):
        send = Session._send

        def dying(session: Session, *request: Any, renewing: bool = False) -> Any:
            answer = send(session, *request, renewing=renewing)
            if renewing:
                raise Killed
            return answer

        patch.setattr(Session, "_send", dying)
        with pytest.raises(Killed):
            job_services.run(job.pk)
    with agency_scope(desk.people.id):
        failed = job_services.run(job.pk)
    assert failed.state == Job.State.FAILED
    with translation.override("zh-hans"):
        assert "2026-06-04 12:00:00" in failed.error_text() and "应答已丢失" in failed.error_text()
    with desk.reading():
        connections.connection_save(
            actor=desk.people.owner,
            connection=connection,
            name="抖音",
            credentials={"refresh_token": "dy-refresh-1"},
        )
    assert pull(desk, connection).state == Job.State.DONE
    assert set(refreshed(desk, connection).credentials) == {
        *ENTERED["douyin_institution"],
        "access_token",
        "token_ends_at",
    }


def test_tokens_are_never_kept_within_another_transaction(desk: Desk, connect: Connect) -> None:
    connection = connect("kuaishou_api")
    with desk.reading(), pytest.raises(RuntimeError):
        connections.keep_tokens(connection.pk, ENTERED["kuaishou_api"], {})


def test_two_connections_do_not_share_a_refresh_token(desk: Desk, connect: Connect) -> None:
    connection = connect("douyin_institution", name="订单")
    with translation.override("en"), pytest.raises(RuleError, match="订单 uses this refresh token already") as caught:
        connect("douyin_phases", name="分期")
    assert caught.value.field == "refresh_token"
    connect("douyin_phases", name="分期", credentials=ENTERED["douyin_phases"] | {"refresh_token": "another"})
    with desk.reading():
        connections.connection_save(actor=desk.people.owner, connection=connection, name="订单", credentials={})


def test_credentials_that_were_replaced_meanwhile_are_not_overwritten(desk: Desk, connect: Connect) -> None:
    connection = connect("kuaishou_api")
    with agency_scope(desk.people.id), pytest.raises(Conflict):
        connections.keep_tokens(connection.pk, {"app_key": "another"}, {"app_key": "another", "access_token": "x"})
    assert refreshed(desk, connection).credentials == ENTERED["kuaishou_api"]


@pytest.mark.parametrize("code", APIS)
def test_credentials_stand_nowhere_in_the_clear(code: str, desk: Desk, platforms: Platforms, connect: Connect) -> None:
    connection = connect(code)
    platforms.troubles.append("tell" if code in ("douyin_institution", "kuaishou_api", "wechat_league") else "500")
    failed = pull(desk, connection)
    assert failed.state == Job.State.FAILED
    with desk.reading():
        connections.connection_save(
            actor=desk.people.owner, connection=connection, name="neu", credentials={}, account_id="1"
        )
        told = [json.dumps(row, default=str) for row in AuditEntry.objects.values()]
        told += [json.dumps(row, default=str) for row in Job.objects.values()]
        raw = Connection.objects.extra(select={"raw": "credentials"}).values_list("raw", flat=True)
        told += [str(value) for value in raw]
    secrets = [*ENTERED[code].values(), "token-1"]
    assert not [text for text in told for secret in secrets if secret in text]
    with desk.reading():
        assert set(refreshed_credentials(connection)) >= set(ENTERED[code])


def refreshed_credentials(connection: Connection) -> dict[str, str]:
    found: dict[str, str] = Connection.objects.get(pk=connection.pk).credentials
    return found


def test_one_run_at_a_time(desk: Desk, connect: Connect) -> None:
    connection = connect("pdd_duoduo")
    start(desk, connection)
    with translation.override("zh-hans"), pytest.raises(Conflict, match="正在获取"):
        start(desk, refreshed(desk, connection))
    with desk.reading(), pytest.raises(Conflict):
        connections.connection_save(actor=desk.people.owner, connection=connection, name="x", credentials={})
    with desk.reading(), pytest.raises(Conflict):
        connections.connection_end(actor=desk.people.owner, connection=connection)


def test_nothing_is_fetched_before_credentials_are_entered_and_after_they_are_deleted(
    desk: Desk, connect: Connect
) -> None:
    assert due(desk) == 0
    connection = connect("pdd_duoduo")
    with desk.reading():
        connections.connection_end(actor=desk.people.owner, connection=connection)
    with pytest.raises(RuleError):
        start(desk, connection)
    assert due(desk) == 0
    assert refreshed(desk, connection).credentials == {}


def due(desk: Desk) -> int:
    with agency_scope(desk.people.id):
        return pulling.start_due()


def test_beat_begins_what_is_due_and_not_paused(desk: Desk, platforms: Platforms, connect: Connect) -> None:
    connection = connect("pdd_duoduo", every_hours=6)
    assert due(desk) == 1
    assert due(desk) == 0  # it waits for a worker
    with agency_scope(desk.people.id):
        job_services.run(refreshed(desk, connection).job_id)
    with desk.reading():
        Job.objects.update(created_at=platforms.time.now)
    platforms.time.now += timedelta(hours=5, minutes=50)
    assert due(desk) == 0
    platforms.time.now += timedelta(minutes=10)
    with desk.reading():
        connections.connection_pause(actor=desk.people.owner, connection=connection, paused=True)
    assert due(desk) == 0
    with desk.reading():
        connections.connection_pause(actor=desk.people.owner, connection=connection, paused=False)
    assert due(desk) == 1
    with desk.reading():
        assert Job.objects.get(pk=refreshed_job(connection)).actor is None


def refreshed_job(connection: Connection) -> int:
    return Connection.objects.get(pk=connection.pk).job_id


def test_the_task_looks_into_every_active_agency(desk: Desk, beichen: World, connect: Connect) -> None:
    connect("pdd_duoduo")
    connect("jd_union", beichen)
    assert tasks.pull_due() == 2
    for people in (desk.people, beichen):
        with people.open():
            assert Job.objects.filter(kind="pull").count() == 1


def test_another_agency_can_neither_see_nor_start_it(desk: Desk, beichen: World, connect: Connect) -> None:
    connection = connect("pdd_duoduo")
    with beichen.open():
        assert not Connection.objects.exists()
        with pytest.raises(Connection.DoesNotExist):
            pulling.start(actor=beichen.owner, connection=connection)
        with pytest.raises(Connection.DoesNotExist):
            connections.connection_end(actor=beichen.owner, connection=connection)


def test_after_a_long_pause_the_days_that_are_lost_are_said(desk: Desk, platforms: Platforms, connect: Connect) -> None:
    connection = connect("douyin_institution")
    pull(desk, connection)
    platforms.time.now += timedelta(days=100)
    job = pull(desk, connection)
    assert (job.state, job.counts["lost_days"]) == (Job.State.DONE, 11)
    with translation.override("en"):
        assert pulling.worded(job)[-1].startswith("11 days are further back than the platform goes")


def test_a_slow_platform_costs_time_and_nothing_else(desk: Desk, platforms: Platforms, connect: Connect) -> None:
    rows = platforms.orders["kuaishou_api"] = api_rows("kuaishou_api")
    platforms.troubles.extend(["slow", "", "slow", "slow", "", "429"] * 3)
    began = time.monotonic()
    job = pull(desk, connect("kuaishou_api", since=first_day("kuaishou_api")))
    assert job.counts["rows"] == len(rows)
    assert sum(platforms.time.slept) > 20 > time.monotonic() - began
