"""The proof's lines, which are put together beside the database, against one query that says the same."""

from datetime import date

import pytest

from mcn.anchors.models import Anchor
from mcn.commissions.models import ShareLine
from mcn.core.copying import Query, copied
from mcn.sales.models import Entry
from mcn.settlements import proof
from mcn.settlements.models import Period
from mcn.settlements.month_shares import SharesWithoutSource
from mcn.tenancy.scope import current_agency_id
from tests.agencies import World
from tests.month import NOON, make_event, make_line, make_month
from tests.settlements.proof_pack.packs import closed_months
from tests.shares import make_share

LINES = """
    with shares as materialized (
        select event_id, entry_id, bucket_id, host, dated_on, share_fen
        from commissions_shareline where agency_id = %(agency)s and period = %(period)s
    ), buckets as materialized (
        select b.id, p.code as payee, b.kind, b."column", b.version_id, b.rule_id, b.override_id, b.weight,
            b.rate_numerator, b.rate_denominator
        from commissions_bucket b
        join anchors_payee p on p.agency_id = b.agency_id and p.id = b.payee_id
        where b.agency_id = %(agency)s and b.period = %(period)s
    )
    select l.platform, l.order_key, l.line_key, e.kind as event,
        to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as moment,
        e.base_fen, e.gross_fen, e.fee_fen, e.holder_fen, b.payee, s.host, b.kind, b."column", b.version_id,
        b.rule_id, b.override_id, b.weight, b.rate_numerator, b.rate_denominator, s.dated_on, s.share_fen, e.id
    from shares s
    join buckets b on b.id = s.bucket_id
    join sales_earningevent e on e.agency_id = %(agency)s and e.id = s.event_id
    join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
    union all
    select '', n.code, '', n.income, n.date::text, 0, n.amount_fen, 0, 0, b.payee, s.host, b.kind, b."column",
        b.version_id, b.rule_id, b.override_id, b.weight, b.rate_numerator, b.rate_denominator, s.dated_on,
        s.share_fen, n.id
    from shares s
    join buckets b on b.id = s.bucket_id
    join sales_entry n on n.agency_id = %(agency)s and n.id = s.entry_id
    where s.event_id is null
"""
ORDER = """
    order by moment collate "C", platform collate "C", order_key collate "C", line_key collate "C", id,
        payee collate "C", host, kind collate "C", version_id, rule_id, override_id, rate_numerator, rate_denominator
"""


def as_one_query(period: Period) -> bytes:
    values = {"agency": current_agency_id(), "period": period.code}
    return b"".join(copied(Query(f"select * from ({LINES}) x {ORDER}", values)))


def as_proven(code: str) -> bytes:
    period = Period.objects.get(code=code)
    found = b"".join(proof.lines(period))
    assert found == as_one_query(period)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5, 6])
def test_random_months(seed: int) -> None:
    with closed_months(seed) as months:
        assert sum(len(as_proven(month)) for month in months) > 500


def test_a_month_without_shares(inside: World) -> None:
    Period.objects.create(code="2026-08")
    assert as_proven("2026-08") == b""


@pytest.mark.parametrize("key", ["a\tb", "a\\N", "\\N", "a\nb\r", "a\"b,'c", " é中\x01", "", "null"])
def test_whatever_a_key_holds(inside: World, key: str) -> None:
    month = make_month()
    event = make_event(make_line(month.sales_import, f"order {key}", line=key))
    make_share(month.share, 1, event=event, host=2)
    make_share(month.share, 2, event=event, host=1, dated_on=date(2026, 7, 2))
    assert as_proven("2026-07").count(b"\n") == ShareLine.objects.filter(period="2026-07").count()


def test_shares_of_what_the_month_does_not_settle(inside: World) -> None:
    month = make_month()
    august = Entry.objects.create(
        code="E09", anchor=Anchor.objects.get(), income="bonus", date=NOON, amount_fen=1, settle_period="2026-08"
    )
    make_share(month.share, 1, entry=august)
    with pytest.raises(SharesWithoutSource, match="^1 shares of 2026-07$"):
        list(proof.lines(month.period))
    assert not proof.holds(month.period)
