"""What a line has paid so far: the sums that a clawback is measured against (docs/money.md §4.5)."""

from mcn.commissions.engine.inputs import LineHistory, Paid
from mcn.commissions.engine.results import ShareLine


class LineSoFar:
    """What one line has been through so far: the sums a clawback is measured against."""

    __slots__ = ("holder_payee", "hosts", "paid", "pool", "session", "settled_here", "first_settled_on")

    def __init__(self, history: LineHistory | None) -> None:
        self.pool = history.pool if history else 0
        self.settled_here = history.settled_here if history else False
        self.first_settled_on = history.first_settled_on if history else None
        self.hosts = history.hosts if history else ()
        self.session = history.session if history else None
        self.holder_payee = history.holder_payee if history else None
        self.paid = {(p.payee, p.role, p.host): p for p in history.paid} if history else {}

    def add(self, line: ShareLine) -> None:
        """Count a share as paid; the newest rule names the record."""
        key = (line.payee, line.role, line.host)
        old = self.paid.get(key)
        assert line.version_id is not None and line.rule_id is not None
        self.paid[key] = Paid(
            payee=line.payee,
            role=line.role,
            host=line.host,
            anchor=line.anchor,
            version_id=line.version_id,
            rule_id=line.rule_id,
            weight=line.weight,
            rate=line.rate,
            share=line.share + (old.share if old else 0),
        )

    def history(self, line_id: int) -> LineHistory:
        return LineHistory(
            line_id=line_id,
            pool=self.pool,
            settled_here=self.settled_here,
            first_settled_on=self.first_settled_on,
            hosts=self.hosts,
            session=self.session,
            holder_payee=self.holder_payee,
            paid=tuple(self.paid[key] for key in sorted(self.paid)),
        )
