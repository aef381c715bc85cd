"""Draw up the sheet of an exit, and settle it as a second person."""

from collections.abc import Sequence
from datetime import date

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit, guards
from mcn.accounts.models import User
from mcn.anchors.models import Advance, Anchor, Contract, Deposit, InstalmentPlan
from mcn.anchors.services import advance_save, anchor_save, contract_save
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.core.formats import money
from mcn.core.periods import Period as Month
from mcn.sales.models import Entry
from mcn.sales.services import lock_sales
from mcn.sales.services.entries import entry_save
from mcn.settlements import deposits, instalments
from mcn.settlements.exits.plan import WHOLE, Step, plan_of
from mcn.settlements.exits.sheet import Claim, ClaimKind, as_json, from_json, rows_of, total_of
from mcn.settlements.ledger.posting import lock_books
from mcn.settlements.models import Exit, ExitSettlement
from mcn.settlements.selectors import last_closed_period
from mcn.settlements.services.moves import check_allowed
from mcn.tenancy.locks import agency_lock
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

NUMBERS_LOCK = 0x65786974  # "exit": keeps this advisory lock apart from others


@transaction.atomic
def draw_up(
    *,
    actor: User,
    anchor: Anchor,
    ends_on: date,
    reason: str,
    claims: Sequence[Claim] = (),
    set_off: bool = True,
) -> Exit:
    """Keep the sheet of an anchor whose contract ends on `ends_on` (inclusive). It changes nothing else.

    `claims` are the agency's, each in fen with the clause it rests on; `set_off` lets deposits repay advances and
    debts. Raises NotAllowed; Conflict for an anchor who has left; RuleError without a reason, for a last day inside
    closed months or before a contract that follows, a claim without clause or amount, a claim of a guarantee that the
    contract's own terms take back already, and more from the deposit than is held.
    """
    check_allowed(actor, "exits.change")
    reason = reason.strip()
    if not reason:
        raise RuleError(_("Say why the anchor leaves."), field="reason")
    _check_anchor(anchor)
    _check_end(anchor, ends_on)
    _check_claims(anchor, claims)
    rows = rows_of(anchor, ends_on, claims)
    if any(row.kind == "guarantee" for row in rows) and any(one["kind"] == ClaimKind.GUARANTEE for one in claims):
        raise RuleError(_("The contract itself says what of its guarantee is repaid: leave that claim out."))
    sheet = Exit(
        number=_next_number(),
        anchor=anchor,
        ends_on=ends_on,
        reason=reason,
        claims=list(claims),
        set_off=set_off,
        rows=as_json(rows),
        total_fen=total_of(rows),
        made_by=actor,
    )
    sheet.save()
    told = {name: value for name, value in audit.snapshot(sheet).items() if name not in {"rows", "claims"}}
    audit.record(actor=actor, action="create", target=sheet, after=told)  # the sheet itself keeps the rest
    return sheet


@transaction.atomic
def settle(*, actor: User, sheet_id: int) -> ExitSettlement:
    """Carry out a sheet that somebody else drew up: all of its steps (`plan_of`), or none.

    Raises NotAllowed for one's own sheet or one's own exit; RuleError before the last day is over; Conflict where the
    anchor has left already or a figure is no longer that of the sheet: it is then drawn up anew.
    """
    check_allowed(actor, "exits.settle")
    lock_sales()  # no month is calculated or closed while its figures are settled
    lock_books()
    sheet = Exit.objects.select_related("anchor__payee", "made_by").filter(pk=sheet_id).first()
    if sheet is None:
        raise Conflict(_("There is no such sheet."))
    anchor = Anchor.objects.select_for_update(of=("self",)).select_related("payee", "member").get(pk=sheet.anchor_id)
    _check_second(sheet, anchor, actor)
    _check_anchor(anchor)
    if sheet.ends_on > _agency().today():
        raise RuleError(_("The contract runs until %(day)s: settle the exit on that day or later."), day=sheet.ends_on)
    _check_end(anchor, sheet.ends_on)
    _check_same(sheet)
    steps = plan_of(sheet)
    for step in steps:
        _DOES[step.what](sheet, step, actor)
    settlement = ExitSettlement(sheet=sheet, done=[step.as_json() for step in steps], settled_by=actor)
    settlement.save()
    audit.record(
        actor=actor, action="close", target=sheet, after={"done": [f"{step.what} {step.ref}" for step in steps]}
    )
    return settlement


def _agency() -> Agency:
    return Agency.objects.get(pk=current_agency_id())


def _check_anchor(anchor: Anchor) -> None:
    if anchor.status == Anchor.Status.LEFT:
        raise Conflict(_("%(anchor)s has left already."), field="anchor", anchor=anchor)


def _check_end(anchor: Anchor, ends_on: date) -> None:
    last = last_closed_period()
    if last is not None and ends_on < Month.parse(last).last_day:
        raise RuleError(
            _("%(day)s lies in or before %(period)s, which is closed and was settled by the contract."),
            field="ends_on",
            day=ends_on,
            period=last,
        )
    later = Contract.objects.filter(anchor=anchor, starts_on__gt=ends_on).order_by("starts_on").first()
    if later is not None:
        raise RuleError(
            _("%(number)s begins on %(start)s, after the last day. Change that contract first."),
            field="ends_on",
            number=later.number,
            start=later.starts_on,
        )


def _check_claims(anchor: Anchor, claims: Sequence[Claim]) -> None:
    for number, claim in enumerate(claims, 1):
        field = f"claims-{number}"
        guards.one_of(ClaimKind, claim["kind"], field=field)
        if claim["amount_fen"] <= 0:
            raise RuleError(_("Claim %(n)s: the amount is more than 0."), field=field, n=number)
        if not claim["text"].strip():
            raise RuleError(_("Claim %(n)s: name the clause that it rests on."), field=field, n=number)
    wanted = sum(claim["amount_fen"] for claim in claims if claim["from_deposit"])
    held = sum(deposits.held(Deposit.objects.filter(payee=anchor.payee_id).values_list("pk", flat=True)).values())
    if wanted > held:
        raise RuleError(
            _("The deposits hold %(held)s: they cannot pay claims of %(wanted)s."),
            held=money(held),
            wanted=money(wanted),
        )


def _check_second(sheet: Exit, anchor: Anchor, actor: User) -> None:
    if sheet.made_by_id == actor.pk:
        raise NotAllowed(
            _("%(sheet)s was drawn up by %(person)s: a second person has to settle it."),
            sheet=sheet.code,
            person=actor.email,
        )
    if anchor.member is not None and anchor.member.user_id == actor.pk:
        raise NotAllowed(_("Nobody settles the own exit."))


def _check_same(sheet: Exit) -> None:
    """What binds must be what the sheet says; what is only told may have moved on."""
    now = [row for row in rows_of(sheet.anchor, sheet.ends_on, sheet.claims) if row.binds]
    if now != [row for row in from_json(sheet.rows) if row.binds]:
        raise Conflict(_("Figures have changed since %(sheet)s was drawn up. Draw up a new one."), sheet=sheet.code)


def _end_contract(sheet: Exit, step: Step, actor: User) -> None:
    contract = Contract.objects.get(number=step.ref)
    contract_save(
        actor=actor,
        anchor=sheet.anchor,
        number=contract.number,
        starts_on=contract.starts_on,
        ends_on=sheet.ends_on,
    )


def _leave(sheet: Exit, step: Step, actor: User) -> None:
    anchor = sheet.anchor
    anchor_save(
        actor=actor,
        code=anchor.code,
        stage_name=anchor.stage_name,
        payee=anchor.payee,
        status=Anchor.Status.LEFT,
    )


def _penalty(sheet: Exit, step: Step, actor: User) -> None:
    if Entry.objects.filter(code=step.ref).exists():
        raise Conflict(_("Another entry has the code %(code)s."), code=step.ref)
    entry_save(
        actor=actor,
        code=step.ref,
        anchor=sheet.anchor,
        income=Entry.Income.PENALTY,
        date=sheet.ends_on,
        amount_fen=step.amount_fen,
        note=step.to,
        last_closed=last_closed_period(),
    )


def _keep(sheet: Exit, step: Step, actor: User) -> None:
    _move(sheet, step, actor, deposits.Kind.KEPT, note=f"{sheet.code} {step.to}")


def _set_off(sheet: Exit, step: Step, actor: User) -> None:
    advance = Advance.objects.get(payee=sheet.anchor.payee_id, code=step.to)
    _move(sheet, step, actor, deposits.Kind.SET_OFF, note=sheet.code, advance=advance)


def _set_off_plan(sheet: Exit, step: Step, actor: User) -> None:
    plan = InstalmentPlan.objects.get(payee=sheet.anchor.payee_id, code=step.to)
    _move(sheet, step, actor, deposits.Kind.SET_OFF, note=sheet.code, plan=plan)


def _move(
    sheet: Exit,
    step: Step,
    actor: User,
    kind: str,
    *,
    note: str,
    advance: Advance | None = None,
    plan: InstalmentPlan | None = None,
) -> None:
    deposits.moved(
        actor=actor,
        deposit=Deposit.objects.get(payee=sheet.anchor.payee_id, code=step.ref),
        kind=kind,
        amount_fen=step.amount_fen,
        dated_on=_agency().today(),
        advance=advance,
        plan=plan,
        note=note,
    )


def _recoup(sheet: Exit, step: Step, actor: User) -> None:
    advance = Advance.objects.get(payee=sheet.anchor.payee_id, code=step.ref)
    advance_save(
        actor=actor,
        payee=sheet.anchor.payee,
        code=advance.code,
        amount_fen=advance.amount_fen,
        paid_on=advance.paid_on,
        recoup_rate=WHOLE,
        instalment_fen=None,
        recoup_from="",
    )


def _take_whole(sheet: Exit, step: Step, actor: User) -> None:
    """From the first open month on, without a limit but what is earned."""
    plan = InstalmentPlan.objects.get(payee=sheet.anchor.payee_id, code=step.ref)
    last = last_closed_period()
    first = f"{Month.parse(last).next}" if last else f"{Month.of(sheet.ends_on)}"
    instalments.schedule(
        actor=actor,
        plan=plan,
        instalment_fen=plan.amount_fen,
        most_rate=WHOLE,
        first_month=min(plan.first_month, first),
    )


def _release(sheet: Exit, step: Step, actor: User) -> None:
    _move(sheet, step, actor, deposits.Kind.RELEASED, note=sheet.code)


def _nothing(sheet: Exit, step: Step, actor: User) -> None:
    """A tail follows the contract's end by itself. The rest of a deposit stays held as long as something is owed; it is
    given back on the deposit's page.
    """


_DOES = {
    "contract": _end_contract,
    "tail": _nothing,
    "left": _leave,
    "penalty": _penalty,
    "keep": _keep,
    "set_off": _set_off,
    "set_off_plan": _set_off_plan,
    "recoup": _recoup,
    "take_whole": _take_whole,
    "release": _release,
    "stays": _nothing,
}


def _next_number() -> int:
    """Numbers are per agency, so whoever takes one waits for who is taking one."""
    agency_lock(NUMBERS_LOCK)
    return (Exit.objects.aggregate(last=models.Max("number"))["last"] or 0) + 1
