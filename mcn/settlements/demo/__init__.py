"""The demo: two agencies whose names and order numbers overlap, with two months of sales (docs/demo.md)."""

from mcn.settlements.demo.people import DEMO_SIGN_INS, PASSWORD, SignIn
from mcn.settlements.demo.running import begun, load_demo

__all__ = ["DEMO_SIGN_INS", "PASSWORD", "SignIn", "begun", "load_demo"]
