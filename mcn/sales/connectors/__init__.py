"""Orders from the platforms' APIs: what each API is, and how it is talked to. What rows mean, the importers say."""

from mcn.sales.connectors.apis import PLATFORM_ZONE, Api, Key, Row, Window
from mcn.sales.connectors.errors import PullError
from mcn.sales.connectors.registry import APIS
from mcn.sales.connectors.session import Clock, Session, Sleep

__all__ = ["APIS", "PLATFORM_ZONE", "Api", "Clock", "Key", "PullError", "Row", "Session", "Sleep", "Window"]
