"""Which alias may alter tables."""

from typing import Any


class MigrateAsOwner:
    """Only `owner` migrates; queries go wherever the code says, by default to `default`."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Whether the alias may migrate."""
        return db == "owner"
