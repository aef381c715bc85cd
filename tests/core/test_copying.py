"""Frames on their way into a table."""

from datetime import date

import polars as pl
import pytest
from django.db import connection

from mcn.core.copying import as_copied

TEXTS = ["", " ", "\\", "\\N", "\\.", "\t", "a\tb", "a\nb", "a\r\nb", '"a",b', "\\t", "小鹿\\", None]


@pytest.mark.django_db
def test_every_cell_is_the_same_in_the_table() -> None:
    frame = pl.DataFrame(
        {
            "id": range(len(TEXTS)),
            "text": TEXTS,
            "amount": [None, *range(-6, len(TEXTS) - 7)],
            "day": [None, *[date(2026, 7, 31)] * (len(TEXTS) - 1)],
            "live": [None, *[True, False] * (len(TEXTS) // 2)],
        }
    )
    with connection.cursor() as cursor:
        cursor.execute("create temp table t (id int, text text, amount bigint, day date, live boolean) on commit drop")
        with cursor.cursor.copy("copy t from stdin") as copy:
            copy.write(as_copied(frame))
        cursor.execute("select * from t order by id")
        assert cursor.fetchall() == frame.rows()
