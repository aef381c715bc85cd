"""What anchors did and what lowers the tax on wages, as the file tells it, month by month where it is of months."""

from decimal import Decimal

from mcn.accounts.keeping import KEEP
from mcn.anchors.models import Anchor, WageDeductions
from mcn.anchors.services import attendance_save, wage_deductions_save
from mcn.live.services import session_save
from mcn.sales.services.entries import entry_save
from mcn.settlements.agency_file.applying import Applying
from mcn.settlements.agency_file.parts import Part, inside
from mcn.settlements.services.opening import open_months


def sessions(load: Applying) -> None:
    """The live sessions, with their hosts where the file names these."""

    def save(part: Part, code: str) -> str:
        _saved, outcome = session_save(
            actor=load.actor,
            code=code,
            title=part.text("title"),
            platform=part.text("platform"),
            account_id=part.text("account_id"),
            room_id=part.text("room_id"),
            starts_at=part.moment("starts_at", load.zone),
            ends_at=part.moment("ends_at", load.zone),
            hosts=[_host(load, part, host) for host in part.parts("hosts")] if "hosts" in part else KEEP,
            note=part.text("note"),
        )
        return outcome

    load.each("sessions", "session", save)


def _host(load: Applying, session: Part, part: Part) -> tuple[Anchor, Decimal]:
    with inside(session, part):
        return load.record("anchor", part.text("anchor"), "anchor"), part.rate("weight")


def entries(load: Applying) -> None:
    """Income and costs that are no platform orders; each opens the month that settles it."""

    def save(part: Part, code: str) -> str:
        entry, outcome = entry_save(
            actor=load.actor,
            code=code,
            anchor=load.find("anchor", part, "anchor"),
            income=part.text("income"),
            date=part.date("date"),
            amount_fen=part.fen("amount"),
            deal=load.find("deal", part, "deal"),
            note=part.text("note"),
            last_closed=load.last_closed,
        )
        open_months([entry.settle_period])
        return outcome

    load.each("entries", "entry", save)


def attendance(load: Applying) -> None:
    """Valid days and hours, by anchor and month."""
    for part in load.root.parts("attendance"):
        with load.at(part):
            period = part.text("period")
            load.once("attendance", (part.text("anchor"), period), part, "period")
            _saved, outcome = attendance_save(
                actor=load.actor,
                anchor=load.find("anchor", part, "anchor"),
                period=period,
                valid_days=part.count("valid_days"),
                valid_hours=part.hours("valid_hours"),
                last_closed=load.last_closed,
            )
            load.report.add("attendance", outcome)


def wage_deductions(load: Applying) -> None:
    """The parts of social insurance, housing fund and special deductions of employees, by payee and month."""
    for part in load.root.parts("wage_deductions"):
        with load.at(part):
            period = part.text("period")
            load.once("wage_deductions", (part.text("payee"), period), part, "period")
            _saved, outcome = wage_deductions_save(
                actor=load.actor,
                payee=load.find("payee", part, "payee"),
                period=period,
                last_closed=load.last_closed,
                **{name: part.fen(name.removesuffix("_fen")) for name in WageDeductions.PARTS},
            )
            load.report.add("wage_deductions", outcome)
