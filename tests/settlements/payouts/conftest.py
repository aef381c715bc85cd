"""What is paid is paid at one desk."""

from tests.settlements.paying import account, desk, in_english, today

__all__ = ["account", "desk", "in_english", "today"]
