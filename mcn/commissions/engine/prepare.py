"""From an agency's roster and a period's events and entries to the complete inputs of the calculation."""

from collections.abc import Iterable, Mapping

from mcn.commissions.engine.inputs import Entry, EntryMatch, Event, LineHistory, Match, PeriodInputs
from mcn.commissions.engine.matching import Line, Matcher
from mcn.core.periods import Period


def prepare(
    period: Period,
    matcher: Matcher,
    lines: Mapping[int, Line],
    events: Iterable[Event],
    entries: Iterable[Entry],
    history: Mapping[int, LineHistory],
) -> PeriodInputs:
    """Inputs of one period: every event and entry with its match, and only the contracts and history they
    touch.

    The caller chooses the events and entries that the period settles (`mcn.core.periods.settling_period`) and
    leaves out what lies before the agency's first period. A clawback on a line that was settled in an earlier
    period keeps the hosts of that settlement: it takes back from whom was paid, whatever the roster says now
    (docs/money.md §3).
    """
    events = tuple(sorted(events, key=lambda event: event.id))
    entries = tuple(sorted(entries, key=lambda entry: entry.id))
    touched = {event.line_id for event in events}
    past = tuple(history[line_id] for line_id in sorted(touched & history.keys()))
    matches = tuple(match_event(event, matcher, lines, history) for event in events)
    entry_matches = tuple(matcher.entry(entry) for entry in entries)
    used = _used_versions(matches, entry_matches, past)
    roster = matcher.roster
    return PeriodInputs(
        period=period,
        events=events,
        matches=matches,
        entries=entries,
        entry_matches=entry_matches,
        versions=tuple(sorted((v for v in roster.versions if v.id in used), key=lambda v: v.id)),
        rules=tuple(sorted((r for r in roster.rules if r.version_id in used), key=lambda r: r.id)),
        overrides=tuple(sorted((o for o in roster.overrides if o.version_id in used), key=lambda o: o.id)),
        history=past,
    )


def match_event(event: Event, matcher: Matcher, lines: Mapping[int, Line], history: Mapping[int, LineHistory]) -> Match:
    """Match of one event: of its line, or for a clawback on a line settled before, of that settlement."""
    past = history.get(event.line_id)
    if event.kind == "clawback" and past is not None and past.settled_here:
        return Match(event.id, past.hosts, session=past.session, holder_payee=past.holder_payee)
    return matcher.line(lines[event.line_id]).of(event.id)


def _used_versions(
    matches: tuple[Match, ...], entry_matches: tuple[EntryMatch, ...], past: tuple[LineHistory, ...]
) -> set[int]:
    used = {host.version_id for match in matches for host in match.hosts}
    used |= {match.version_id for match in entry_matches if match.version_id is not None}
    return used | {paid.version_id for line in past for paid in line.paid}
