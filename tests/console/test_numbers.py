"""Ids in addresses and forms: what is none asks the database nothing."""

import pytest

from mcn.console.numbers import row_id, row_ids


@pytest.mark.parametrize("text", ["", "-1", "1.5", " 7", "x", "٣", "²", "9" * 19])
def test_what_is_no_id(text: str) -> None:
    assert row_id(text) is None


def test_ids_keep_their_order() -> None:
    assert row_ids(["30", "x", "7", "", "9" * 18]) == [30, 7, 10**18 - 1]
