"""The two agencies of these tests leave no table out."""

from tests.isolation.twins import Twin, contents


def test_every_table_has_rows_of_both(twins: tuple[Twin, Twin]) -> None:
    for twin in twins:
        assert {name for name, (count, _digest) in contents(twin).items() if not count} == set()
