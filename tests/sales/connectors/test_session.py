"""Every API gives all its rows once, whatever the platform does on the way, or says plainly why not."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from mcn.sales.connectors import APIS, PullError, Session, Window
from mcn.sales.connectors.session import RENEWING
from mcn.sales.connectors.signing import hmac_base64, md5_upper, strung
from mcn.sales.importers import FORMATS
from tests.killed import Killed
from tests.sales.connectors.platforms import (
    CHANGED,
    ENTERED,
    KEYS,
    ZONE,
    Platforms,
    api_rows,
    changed_at,
    clones,
)

WITH_TOKEN = [code for code, api in APIS.items() if api.gateway.renew is not None]
WITH_REFRESH = [code for code in WITH_TOKEN if "refresh_token" in ENTERED[code]]
DAY = Window(datetime(2026, 5, 20, tzinfo=ZONE), datetime(2026, 5, 21, tzinfo=ZONE))
Open = Callable[[str], Session]


@pytest.fixture
def saved() -> list[tuple[dict[str, str], dict[str, str]]]:
    return []


@pytest.fixture
def open_session(platforms: Platforms, saved: list[Any]) -> Open:
    """A session on the server of the tests, with the right credentials."""

    def made(code: str, **keys: str) -> Session:
        return Session(
            APIS[code],
            ENTERED[code] | keys,
            save=lambda before, after: saved.append((before, after)),
            clock=platforms.time,
            sleep=platforms.time.sleep,
        )

    return made


def of_the_day(code: str, count: int) -> list[dict[str, Any]]:
    """So many orders that changed at some time of DAY."""
    row = api_rows(code)[0]
    text = isinstance(row_time := row[CHANGED[code]], str) and not row_time.isdigit()
    rows = []
    for number, order in enumerate(clones(code, row, count)):
        moment = DAY.start + timedelta(minutes=number % 1400)
        seconds = int(moment.timestamp()) * (1000 if code == "kuaishou_api" else 1)
        rows.append({**order, CHANGED[code]: f"{moment:%Y-%m-%d %H:%M:%S}" if text else seconds})
    return rows


def fetched(session: Session, window: Window = DAY) -> list[tuple[str, ...]]:
    """The keys of all rows of the window, in requests as long as the API takes them."""
    keys, at = [], window.start
    with session:
        while at < window.end:
            end = min(at + session.api.longest, window.end)
            for page in session.rows(Window(at, end)):
                keys += [tuple(str(row[name]) for name in KEYS[session.api.code]) for row in page]
            at = end
    return keys


def exchanged(saved: list[Any]) -> list[dict[str, str]]:
    """The credentials each time after the platform gave a token."""
    return [after for _before, after in saved if RENEWING not in after]


def losing_answers(session: Session) -> None:
    """The worker dies when it has the platform's answer to a refresh token in its hands."""
    send = session._send

    def dying(request: Any, *, renewing: bool = False) -> Any:
        answer = send(request, renewing=renewing)
        if renewing:
            raise Killed
        return answer

    session._send = dying  # type: ignore[method-assign]


def keys_of(code: str, rows: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    return {tuple(str(row[name]) for name in KEYS[code]) for row in rows}


def sentence(error: PullError) -> str:
    with translation.override("en"):
        return str(error)


@pytest.mark.parametrize("code", APIS)
def test_an_api_gives_rows_of_a_known_format(code: str) -> None:
    api = APIS[code]
    assert api.code == code and FORMATS[api.format].platform == api.platform
    assert api.needs_account == (FORMATS[api.format].account_from == "given")
    assert api.history >= timedelta(days=31) and api.longest > timedelta(0)


@pytest.mark.parametrize("code", APIS)
def test_where_a_platform_is_asked_is_the_operators_choice(code: str, settings: Any) -> None:
    assert settings.SALES_API_ADDRESSES[APIS[code].gateway.host].startswith("https://")


@pytest.mark.parametrize("code", APIS)
def test_all_rows_of_all_pages_come(code: str, platforms: Platforms, open_session: Open) -> None:
    platforms.orders[code] = of_the_day(code, 230)
    platforms.page_size = 40
    found = fetched(open_session(code))
    assert set(found) == keys_of(code, platforms.orders[code])


@pytest.mark.parametrize("code", APIS)
def test_what_did_not_change_in_the_window_does_not_come(code: str, platforms: Platforms, open_session: Open) -> None:
    platforms.orders[code] = of_the_day(code, 5)
    day_before = Window(DAY.start - timedelta(days=1), DAY.start - timedelta(seconds=1))
    assert fetched(open_session(code), day_before) == []


@pytest.mark.parametrize("code", [code for code in APIS if code not in ("jd_union", "pdd_duoduo")])
def test_a_page_that_comes_twice_does_not_end_the_run(code: str, platforms: Platforms, open_session: Open) -> None:
    platforms.orders[code] = of_the_day(code, 10)
    platforms.troubles.extend(["", "double"])
    found = fetched(open_session(code))
    assert set(found) == keys_of(code, platforms.orders[code])


def test_an_order_that_changes_between_two_pages_moves_none_out_of_sight(
    platforms: Platforms, open_session: Open
) -> None:
    rows = platforms.orders["pdd_duoduo"] = of_the_day("pdd_duoduo", 130)
    wanted = keys_of("pdd_duoduo", rows[1:])

    def change_the_first(calls: int) -> None:
        if calls == 2:
            rows[0]["order_modify_at"] = int((DAY.end + timedelta(hours=1)).timestamp())

    platforms.after_call = change_the_first
    assert set(fetched(open_session("pdd_duoduo"))) >= wanted
    assert [int(asked["page"]) for _method, asked in platforms.asked] == [1, 3, 2, 1]


@pytest.mark.parametrize("code", ["taobao_api", "taobao_refunds"])
def test_taobao_turns_its_pages_by_the_place_where_the_last_one_ended(
    code: str, platforms: Platforms, open_session: Open
) -> None:
    platforms.orders[code] = of_the_day(code, 8)
    found = fetched(open_session(code), Window(DAY.start, DAY.start + timedelta(minutes=19)))
    assert found == sorted(keys_of(code, platforms.orders[code]))
    turned = [[asked.get(name) for name in ("page_no", "position_index", "jump_type")] for _, asked in platforms.asked]
    assert turned == [["1", None, None], ["2", "3", "1"], ["3", "6", "1"]]


def test_a_taobao_page_that_names_itself_as_the_next_ends_the_run(
    platforms: Platforms, open_session: Open, monkeypatch: Any
) -> None:
    monkeypatch.setattr(Platforms, "page", lambda self, rows, place, trouble: (rows, "7"))
    with translation.override("en"), pytest.raises(PullError, match="cannot be read"):
        fetched(open_session("taobao_api"))
    assert len(platforms.asked) == 2


@pytest.mark.parametrize(
    ("code", "trouble"),
    # JD documents no such answer but the one of HTTP.
    [(code, trouble) for code in APIS for trouble in ("slow", "429") if (code, trouble) != ("jd_union", "slow")],
)
def test_asked_to_slow_down_it_waits_longer_each_time_and_goes_on(
    code: str, trouble: str, platforms: Platforms, open_session: Open
) -> None:
    platforms.orders[code] = of_the_day(code, 4)
    platforms.troubles.extend([trouble] * 3)
    assert set(fetched(open_session(code))) == keys_of(code, platforms.orders[code])
    assert [pause for pause in platforms.time.slept if pause > 1] == [2, 4, 8]


def test_it_does_not_wait_for_ever(platforms: Platforms, open_session: Open) -> None:
    platforms.troubles.extend(["slow"] * 100)
    with pytest.raises(PullError) as caught:
        fetched(open_session("douyin_institution"))
    assert sentence(caught.value).startswith("Douyin still asked to slow down after 10 minutes of waiting.")


@pytest.mark.parametrize("trouble", ["app", "busy", "throttled"])
def test_whatever_taobao_calls_too_much_is_waited_for(trouble: str, platforms: Platforms, open_session: Open) -> None:
    platforms.orders["taobao_api"] = of_the_day("taobao_api", 4)
    platforms.troubles.extend([trouble] * 2)
    assert set(fetched(open_session("taobao_api"))) == keys_of("taobao_api", platforms.orders["taobao_api"])
    assert [pause for pause in platforms.time.slept if pause > 1] == [2, 4]


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("quota", "are used up (7 accesscontrol.limited-by-app-access-count This ban will last"),
        ("tomorrow", "are used up (15 3000 您的账号因调用不符合要求"),
        ("address", "refuses the address of this server (11 isv.permission-ip-whitelist-limit"),
        ("down", "Taobao refused the request (15 isp.pubrpt-service-unavailable 服务不可用)"),
        ("refused", "Taobao refused the request (101 开始时间不能为空)"),
    ],
)
def test_what_taobao_refuses_is_told_with_what_to_do(
    trouble: str, told: str, platforms: Platforms, open_session: Open
) -> None:
    platforms.troubles.append(trouble)
    with pytest.raises(PullError) as caught:
        fetched(open_session("taobao_refunds"))
    assert told in sentence(caught.value)
    assert len(platforms.asked) == 1


@pytest.mark.parametrize("code", WITH_TOKEN)
def test_a_token_that_ended_is_renewed_once_and_kept(
    code: str, platforms: Platforms, open_session: Open, saved: list[Any]
) -> None:
    platforms.orders[code] = of_the_day(code, 7)
    platforms.troubles.extend(["", "token"])
    assert set(fetched(open_session(code))) == keys_of(code, platforms.orders[code])
    given = exchanged(saved)
    assert [keys["access_token"] for keys in given] == ["token-1", "token-2"]
    assert [before for before, _after in saved[1:]] == [after for _before, after in saved[:-1]]
    for name in ("refresh_token",) if "refresh_token" in ENTERED[code] else ():
        assert given[1][name].endswith("-refresh-2")


@pytest.mark.parametrize("code", WITH_REFRESH)
def test_that_a_token_is_handed_in_is_kept_before_it_is(
    code: str, platforms: Platforms, open_session: Open, saved: list[Any]
) -> None:
    session = open_session(code)
    losing_answers(session)
    with pytest.raises(Killed):
        fetched(session)
    assert [after for _before, after in saved] == [ENTERED[code] | {RENEWING: "2026-06-04T12:00:00+08:00"}]
    platforms.time.now += timedelta(hours=1)
    with pytest.raises(PullError) as caught:
        fetched(open_session(code, **saved[-1][1]))
    told = sentence(caught.value)
    assert "On 2026-06-04 12:00:00, Beijing time, a new one was asked for and the answer was lost" in told
    assert "enter the new refresh token" in told
    assert len(saved) == 1


@pytest.mark.parametrize("code", WITH_REFRESH)
def test_a_lost_answer_is_forgotten_where_the_token_still_counts(
    code: str, platforms: Platforms, open_session: Open, saved: list[Any]
) -> None:
    platforms.orders[code] = of_the_day(code, 1)
    assert fetched(open_session(code, **{RENEWING: "2026-06-03T12:00:00+08:00"}))
    assert RENEWING not in saved[-1][1]


@pytest.mark.parametrize("code", WITH_REFRESH)
def test_a_refusal_loses_no_answer(code: str, open_session: Open, saved: list[Any]) -> None:
    with pytest.raises(PullError) as caught:
        fetched(open_session(code, refresh_token="another"))
    assert "lost" not in sentence(caught.value)
    assert saved[-1][1] == ENTERED[code] | {"refresh_token": "another"}


@pytest.mark.parametrize("code", WITH_REFRESH)
def test_a_platform_that_was_not_reached_has_replaced_nothing(
    code: str, settings: Any, platforms: Platforms, open_session: Open, saved: list[Any]
) -> None:
    settings.SALES_API_ADDRESSES = dict.fromkeys(settings.SALES_API_ADDRESSES, "http://127.0.0.1:1")
    with pytest.raises(PullError):
        fetched(open_session(code))
    assert saved[-1][1] == ENTERED[code]


@pytest.mark.parametrize("code", WITH_TOKEN)
def test_a_token_is_used_as_long_as_it_lasts(
    code: str, platforms: Platforms, open_session: Open, saved: list[Any]
) -> None:
    platforms.orders[code] = of_the_day(code, 1)
    fetched(open_session(code))
    fetched(open_session(code, **saved[-1][1]))
    assert len(exchanged(saved)) == 1
    platforms.time.now += timedelta(days=8)
    fetched(open_session(code, **saved[-1][1]))
    assert len(exchanged(saved)) == 2


@pytest.mark.parametrize("code", WITH_TOKEN)
def test_a_token_that_is_refused_again_and_again_ends_the_run(
    code: str, platforms: Platforms, open_session: Open
) -> None:
    platforms.troubles.extend(["token"] * 5)
    with translation.override("en"), pytest.raises(PullError, match="Enter them again"):
        fetched(open_session(code))
    assert len(platforms.asked) == 1  # the first token was new: another would be no better


@pytest.mark.parametrize("code", APIS)
@pytest.mark.parametrize("trouble", ["500", "garbage", "list", "redirect"])
def test_an_answer_that_is_none_ends_the_run_at_once(
    code: str, trouble: str, platforms: Platforms, open_session: Open
) -> None:
    platforms.troubles.append(trouble)
    with pytest.raises(PullError) as caught:
        fetched(open_session(code))
    status = {"500": 500, "redirect": 302}.get(trouble, 200)
    assert f"gave an answer that cannot be read (HTTP status {status})" in sentence(caught.value)
    assert len(platforms.asked) == 1


@pytest.mark.parametrize("code", APIS)
def test_an_empty_object_is_not_taken_for_a_day_without_orders(
    code: str, platforms: Platforms, open_session: Open
) -> None:
    platforms.troubles.append("empty")
    with pytest.raises(PullError):
        fetched(open_session(code))


@pytest.mark.parametrize("code", [code for code in APIS if code != "jd_union"])
def test_a_missing_permission_is_said_with_what_to_do(code: str, platforms: Platforms, open_session: Open) -> None:
    platforms.troubles.append("permission")
    with pytest.raises(PullError) as caught:
        fetched(open_session(code))
    assert "does not allow the application to read these orders" in sentence(caught.value)


def test_errors_without_a_meaning_of_ours_are_told_in_the_platforms_words(
    platforms: Platforms, open_session: Open
) -> None:
    platforms.troubles.append("permission")
    with pytest.raises(PullError) as caught:
        fetched(open_session("jd_union"))
    assert sentence(caught.value).startswith("JD refused the request (403 无访问权限).")
    with translation.override("en"), pytest.raises(PullError, match="11 无效签名"):
        fetched(open_session("jd_union", app_secret="another"))


def test_a_used_up_quota_ends_the_run(platforms: Platforms, open_session: Open) -> None:
    platforms.troubles.append("quota")
    with translation.override("en"), pytest.raises(PullError, match="are used up"):
        fetched(open_session("wechat_league"))


WRONG = {
    "douyin_institution": {"app_secret": "wrong-app-secret"},
    "douyin_phases": {"refresh_token": "wrong-refresh-token"},
    "kuaishou_api": {"refresh_token": "wrong-refresh-token"},
    "wechat_league": {"secret": "wrong-app-secret"},
    "pdd_duoduo": {"client_secret": "wrong-client-secret"},
    "taobao_api": {"app_secret": "wrong-app-secret"},
    "taobao_refunds": {"app_key": "wrong-app-key"},
}


@pytest.mark.parametrize("code", WRONG)
def test_wrong_credentials_are_said_without_them(code: str, platforms: Platforms, open_session: Open) -> None:
    with pytest.raises(PullError) as caught:
        fetched(open_session(code, **WRONG[code]))
    assert "does not accept the credentials" in sentence(caught.value)
    assert not any(value in sentence(caught.value) for value in WRONG[code].values())


@pytest.mark.parametrize("code", ["douyin_institution", "kuaishou_api", "wechat_league"])
def test_what_the_platform_repeats_of_the_credentials_is_covered(
    code: str, platforms: Platforms, open_session: Open
) -> None:
    platforms.troubles.append("tell")
    with pytest.raises(PullError) as caught:
        fetched(open_session(code))
    told = f"{sentence(caught.value)} {caught.value.params}"
    assert "bad: •" in told
    assert not any(value in told for value in [*ENTERED[code].values(), platforms.token])


@pytest.mark.parametrize("code", APIS)
def test_a_server_that_is_not_there_is_said_without_the_address(
    code: str, platforms: Platforms, open_session: Open, settings: Any, saved: list[Any]
) -> None:
    settings.SALES_API_ADDRESSES = dict.fromkeys(settings.SALES_API_ADDRESSES, "http://127.0.0.1:9")
    with translation.override("en"), pytest.raises(PullError, match="could not be reached") as caught:
        fetched(open_session(code))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize("code", APIS)
def test_logs_hold_neither_credentials_nor_addresses_with_tokens(
    code: str, platforms: Platforms, open_session: Open, caplog: pytest.LogCaptureFixture
) -> None:
    platforms.orders[code] = of_the_day(code, 2)
    with caplog.at_level(logging.DEBUG):
        fetched(open_session(code))
    told = " ".join(record.getMessage() for record in caplog.records)
    assert not any(value in told for value in [*ENTERED[code].values(), platforms.token])


def test_calls_keep_their_distance(platforms: Platforms, open_session: Open) -> None:
    platforms.orders["douyin_institution"] = of_the_day("douyin_institution", 9)
    fetched(open_session("douyin_institution"))
    calls = len(platforms.asked) + 1  # with the one for the token
    assert sum(platforms.time.slept) == pytest.approx(0.2 * (calls - 1))


def test_a_list_without_end_is_cut_off(platforms: Platforms, open_session: Open, monkeypatch: Any) -> None:
    platforms.orders["kuaishou_api"] = of_the_day("kuaishou_api", 4)
    monkeypatch.setattr(Platforms, "page", lambda self, rows, cursor, trouble: (rows, "7"))
    with translation.override("en"), pytest.raises(PullError, match="cannot be read"):
        fetched(open_session("kuaishou_api"))


def test_signatures_are_those_of_the_platforms_own_examples() -> None:
    example = {
        "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211",
        "client_id": "1",
        "data_type": "XML",
        "order_status": "1",
        "page": "1",
        "page_size": "10",
        "timestamp": "1480411125",
        "type": "pdd.order.number.list.get",
    }
    assert md5_upper(f"testSecret{strung(example)}testSecret") == "E4DE3ED21002510DED352819E7AE6775"
    # RFC 4231, test case 2
    assert hmac_base64("what do ya want for nothing?", "Jefe") == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="


def test_rows_keep_the_digits_of_their_amounts(platforms: Platforms, open_session: Open) -> None:
    rows = of_the_day("jd_union", 1)
    rows[0] |= {"estimateFee": 8.10, "parentId": 12345678901234567890}
    platforms.orders["jd_union"] = rows
    assert changed_at("jd_union", rows[0]) == DAY.start
    with open_session("jd_union") as session:
        (row,) = next(page for page in session.rows(Window(DAY.start, DAY.start + timedelta(minutes=1))) if page)
    assert (row["estimateFee"], row["parentId"]) == ("8.1", 12345678901234567890)
