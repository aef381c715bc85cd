"""Ids that stand in addresses and forms, where anybody may write anything."""

LONGEST = 18  # digits that always fit into a bigint


def row_id(text: str) -> int | None:
    """The id that the text is; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None


def row_ids(texts: list[str]) -> list[int]:
    """The ids among the texts, in their order."""
    return [number for text in texts if (number := row_id(text)) is not None]
