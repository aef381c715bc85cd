"""Bring an agency in line with its file, section by section, through the services that the screens use."""

from collections.abc import Callable

from mcn.accounts.agencies import fee_rate_save
from mcn.settlements.agency_file import goods, people, work
from mcn.settlements.agency_file.applying import Applying
from mcn.settlements.agency_file.report import together
from mcn.settlements.selectors import last_closed_period
from mcn.settlements.services.agencies import settings_save
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope

# In an order in which every record comes after those that it names.
SECTIONS: dict[str, Callable[[Applying], None]] = {
    "staff": people.staff,
    "agents": people.agents,
    "brands": goods.brands,
    "skus": goods.skus,
    "deals": goods.deals,
    "anchors": people.anchors,
    "sessions": work.sessions,
    "entries": work.entries,
    "attendance": work.attendance,
    "wage_deductions": work.wage_deductions,
}


def apply(load: Applying) -> None:
    """Save the agency and every section that the file has. Problems are left in `load`."""
    agency = _agency(load)
    if agency is None:
        return
    load.report.slug = agency.slug
    load.zone = agency.zone
    with agency_scope(agency.pk):
        load.last_closed = last_closed_period()
        for name, save in SECTIONS.items():
            if name in load.root:
                save(load)


def _agency(load: Applying) -> Agency | None:
    agency = None
    part = load.root.required("agency")
    with load.at(part):
        agency, outcome = settings_save(
            actor=load.actor,
            slug=part.text("slug"),
            name=part.text("name"),
            timezone=part.text("timezone"),
            day_starts_at=part.time("day_starts_at"),
            labour_tax=part.text("labour_tax"),
            minimum_payout_fen=part.fen("minimum_payout"),
            first_period=part.text("first_period"),
        )
        outcomes = [outcome]
        if (rates := part.part("platform_fee_rates")) is not None:
            with load.at(rates), agency_scope(agency.pk):
                for platform in rates.data:
                    rate = rates.rate(platform)
                    outcomes.append(fee_rate_save(actor=load.actor, platform=platform, fee_rate=rate)[1])
        load.report.add("agency", together(*outcomes))
    return agency
