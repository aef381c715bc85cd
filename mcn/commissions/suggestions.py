"""Who an unknown account may belong to, and which SKU an unknown product may be: proposals that a person decides on.

Nothing here attributes money. A proposal says why it is made, so that it can be judged.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Anchor, PlatformAccount
from mcn.commissions.calculation.tables import execute
from mcn.commissions.desk import Group
from mcn.supply.models import Sku
from mcn.tenancy.scope import current_agency_id

EXACT_DIGITS = 15  # of a longer number a spreadsheet makes the rest zeros
SHORTEST_NAME = 4  # a shorter name of a SKU stands in too many products' names
_SEPARATORS = re.compile(r"[\s\-_·.|/\\]+")


@dataclass(frozen=True)
class Proposal:
    """A record that may be meant, and why: a code of the reason and what it refers to."""

    record: Anchor | Sku
    why: str
    detail: str


def for_accounts(groups: Iterable[Group]) -> dict[str, list[Proposal]]:
    """By cause, the anchors who may hold the unknown account; the likeliest first, each once.

    The reasons, likeliest first: `held` the same account at another time, `damaged_id` its id as a spreadsheet
    damages it, `nickname` the account's name in the file is an account's, `former_nickname` … was one's,
    `stage_name` … is the anchor's, `similar_id` an id that differs in one character.
    """
    wanted = {group.cause: group.what for group in groups if group.what.kind == "account"}
    if not wanted:
        return {}
    names = _names("account_name", "unknown_account", wanted)
    accounts = list(PlatformAccount.objects.select_related("anchor").order_by("anchor__code", "-starts_on"))
    by_place = defaultdict(list)
    for account in accounts:
        by_place[account.platform].append(account)
    former = _former_nicknames(accounts)
    by_stage_name = {plain(anchor.stage_name): anchor for anchor in Anchor.objects.order_by("-code")}
    found = {}
    for cause, what in wanted.items():
        name = plain(names.get(cause, "") or what.account)
        here = by_place[what.platform]
        proposals = [
            *(Proposal(a.anchor, "held", a.account_id) for a in here if a.account_id == what.account),
            *(Proposal(a.anchor, "damaged_id", a.account_id) for a in here if _damaged(what.account, a.account_id)),
            *(Proposal(a.anchor, "nickname", a.nickname) for a in here if name and plain(a.nickname) == name),
            *(Proposal(a.anchor, "former_nickname", said) for said, a in former if name and plain(said) == name),
            *([Proposal(by_stage_name[name], "stage_name", names.get(cause, ""))] if name in by_stage_name else []),
            *(Proposal(a.anchor, "similar_id", a.account_id) for a in here if one_apart(what.account, a.account_id)),
        ]
        found[cause] = _each_once(proposals)
    return found


def for_products(groups: Iterable[Group]) -> dict[str, list[Proposal]]:
    """By cause, the SKUs that the unknown product may be: their `name` is, or stands in, the product's name."""
    wanted = {group.cause: group.what for group in groups if group.what.kind == "product"}
    if not wanted:
        return {}
    names = _names("product_name", "unknown_sku", wanted)
    skus = [(plain(sku.name), sku) for sku in Sku.objects.order_by("code")]
    found = {}
    for cause in wanted:
        name = plain(names.get(cause, ""))
        same = [Proposal(sku, "name", sku.name) for known, sku in skus if name and known == name]
        within = [
            Proposal(sku, "name", sku.name)
            for known, sku in sorted(skus, key=lambda pair: -len(pair[0]))
            if len(known) >= SHORTEST_NAME and known in name
        ]
        found[cause] = _each_once([*same, *within])
    return found


def plain(text: str) -> str:
    """A name as names are compared: one width, one case, without blanks and separators."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def one_apart(one: str, other: str) -> bool:
    """Whether two ids differ by one character: another one, one more, or two that changed places."""
    if one == other or abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < SHORTEST_NAME:
        return False
    if len(one) == len(other):
        places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(places) == 1:
            return True
        return (
            len(places) == 2
            and places[1] == places[0] + 1
            and (one[places[0]], one[places[1]]) == (other[places[1]], other[places[0]])
        )
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))


def _damaged(given: str, known: str) -> bool:
    """Whether `given` is what a spreadsheet makes of the number `known`: its digits after the 15th are zeros."""
    if given == known or not (given.isascii() and given.isdigit() and known.isdigit()):
        return False
    return len(given) == len(known) > EXACT_DIGITS and given == known[:EXACT_DIGITS].ljust(len(known), "0")


def _names(column: str, reason: str, causes: Iterable[str]) -> dict[str, str]:
    """What the files call the account or product of each cause: as the newest of its lines has it."""
    rows = execute(
        f"""select newest.cause, l.{column}
        from (
            select cause, max(event_id) as event_id from commissions_unmatched
            where agency_id = %(agency)s and reason = %(reason)s and cause = any(%(causes)s) group by cause
        ) newest
        join sales_earningevent e on e.agency_id = %(agency)s and e.id = newest.event_id
        join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id""",
        {"agency": current_agency_id(), "reason": reason, "causes": list(causes)},
    )
    return dict(rows)


def _former_nicknames(accounts: list[PlatformAccount]) -> list[tuple[str, PlatformAccount]]:
    """Nicknames that accounts had before, from the audit trail."""
    by_id = {account.pk: account for account in accounts}
    entries = AuditEntry.objects.filter(
        target=PlatformAccount._meta.label_lower, action="change", before__has_key="nickname"
    ).values_list("before__nickname", "target_id")
    return [(said, by_id[pk]) for said, pk in entries if said and pk in by_id]


def _each_once(proposals: list[Proposal]) -> list[Proposal]:
    """The first proposal of each record."""
    seen: dict[int, Proposal] = {}
    for proposal in proposals:
        seen.setdefault(proposal.record.pk, proposal)
    return list(seen.values())
