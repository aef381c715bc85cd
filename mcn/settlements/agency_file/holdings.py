"""Accounts and contracts of all anchors of a file: what excludes each other in time is saved in a safe order.

An account that passes from one anchor to another is shortened for the one before the other takes it over,
in whatever order the file names the two; likewise an anchor's contracts.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from django.utils.translation import gettext_lazy as _

from mcn.accounts.keeping import KEEP
from mcn.anchors.models import Anchor, Contract, PlatformAccount
from mcn.anchors.services import account_save, contract_save
from mcn.commissions.services.rules import contract_version_save
from mcn.core.errors import RuleError
from mcn.settlements.agency_file.applying import Applying
from mcn.settlements.agency_file.parts import Part
from mcn.settlements.agency_file.terms import terms

FIRST, THEN, LAST = range(3)  # what is shortened, what else changes, what is new
Waiting = tuple[int, Part, Callable[[], None]]  # when, where in the file, what


def _rank(before: date | None, now: date | None, *, exists: bool) -> int:
    if not exists:
        return LAST
    return FIRST if now is not None and (before is None or now <= before) else THEN


def _in_safe_order(load: Applying, waiting: list[Waiting]) -> None:
    for _when, part, save in sorted(waiting, key=lambda row: row[0]):
        with load.at(part):
            save()


def accounts(load: Applying, anchors: Sequence[tuple[Part, Anchor]]) -> None:
    """Save the `accounts` of every anchor."""
    waiting: list[Waiting] = []
    for above, anchor in anchors:
        present = list(PlatformAccount.objects.filter(anchor=anchor))
        for part, account in _matched(load, list(above.parts("accounts")), present):
            until = part.data.get("until", KEEP)
            before = account.ends_on if account else None
            now = before if until is KEEP else part.date("until")
            rank = _rank(before, now, exists=account is not None)
            waiting.append((rank, part, partial(_account, load, part, anchor, account)))
    _in_safe_order(load, waiting)


def _account(load: Applying, part: Part, anchor: Anchor, account: PlatformAccount | None) -> None:
    load.once("account", (anchor.code, *_key(part), part.data["from"]), part, "account_id")
    _saved, outcome = account_save(
        actor=load.actor,
        anchor=anchor,
        platform=part.text("platform"),
        account_id=part.text("account_id"),
        starts_on=part.date("from"),
        ends_on=part.date("until"),
        nickname=part.text("nickname"),
        collected_by=part.text("collected_by"),
        account=account,
    )
    load.report.add("accounts", outcome)


def _key(part: Part) -> tuple[str, str]:
    return part.text("platform"), part.text("account_id")


def _matched(
    load: Applying, parts: list[Part], present: list[PlatformAccount]
) -> list[tuple[Part, PlatformAccount | None]]:
    """Each entry of `accounts` with the record it means: the one with the same start, or, where only one
    entry and one record of an account are left, that one (its start was corrected)."""
    by_key: dict[tuple[str, str], list[PlatformAccount]] = defaultdict(list)
    for account in present:
        by_key[account.platform, account.account_id].append(account)
    matched: list[tuple[Part, PlatformAccount | None]] = []
    open_parts: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in parts:
        with load.at(part):
            starts_on = part.date("from")
            part.date("until")
            same = next((account for account in by_key[_key(part)] if account.starts_on == starts_on), None)
            if same is None:
                open_parts[_key(part)].append(part)
            else:
                by_key[_key(part)].remove(same)
                matched.append((part, same))
    for key, rest in open_parts.items():
        only = by_key[key][0] if len(rest) == 1 and len(by_key[key]) == 1 else None
        matched.extend((part, only) for part in rest)
    return matched


def contracts(load: Applying, anchors: Sequence[tuple[Part, Anchor]]) -> None:
    """Save the `contracts` of every anchor, each with its versions."""
    waiting: list[Waiting] = []
    for above, anchor in anchors:
        for part in above.parts("contracts"):
            with load.at(part):
                former = Contract.objects.filter(number=part.text("number")).first()
                before = former.ends_on if former else None
                rank = _rank(before, part.date("ends_on"), exists=former is not None)
                waiting.append((rank, part, partial(_contract, load, part, anchor)))
    _in_safe_order(load, waiting)


def _contract(load: Applying, part: Part, anchor: Anchor) -> None:
    number = part.text("number")
    load.once("contract", number, part, "number")
    contract, outcome = contract_save(
        actor=load.actor,
        anchor=anchor,
        number=number,
        starts_on=part.date("starts_on"),
        ends_on=part.date("ends_on"),
        signed_on=part.date("signed_on"),
        exclusive=part.flag("exclusive"),
        note=part.text("note"),
    )
    load.report.add("contracts", outcome)
    _versions(load, part, contract)


def _versions(load: Applying, above: Part, contract: Contract) -> None:
    starts: dict[date, str] = {}
    for part in above.parts("versions"):
        with load.at(part):
            version = terms(part, load.find)
            first = starts.setdefault(version.starts_on, part.path)
            if first != part.path:
                raise RuleError(
                    _("Another version of the contract starts on %(start)s: %(first)s."),
                    field="from",
                    start=version.starts_on,
                    first=first,
                )
            _version, outcome = contract_version_save(
                actor=load.actor, contract=contract, terms=version, last_closed=load.last_closed
            )
            load.report.add("versions", outcome)
