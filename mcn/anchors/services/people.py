"""Payees, anchors and the platform accounts in their hands."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mcn.accounts import guards
from mcn.accounts.keeping import KEEP, find, keep, save_by
from mcn.accounts.models import Membership, User
from mcn.anchors.models import Anchor, Payee, PlatformAccount
from mcn.anchors.services.documents import check_document
from mcn.core.errors import RuleError
from mcn.core.platforms import Platform


@transaction.atomic
def payee_save(
    *,
    actor: User | None,
    code: str,
    name: str,
    kind: str,
    legal_name: str,
    id_number: str = KEEP,
    document: dict[str, str] = KEEP,
    phone: str = KEEP,
    bank: dict[str, str] = KEEP,
    alipay: dict[str, str] = KEEP,
    social_insurance_fen: int = KEEP,
    special_deductions_fen: int = KEEP,
    employed_from: date | None = KEEP,
    non_resident: bool = KEEP,
) -> tuple[Payee, str]:
    """Create or change the payee with this code; returns it and the outcome.

    Social insurance and special deductions are in fen a month and lower only the tax base of employees; labour pay of
    a non-resident is taxed by the monthly table (docs/money.md §6). Raises RuleError for an unknown kind, a negative
    amount, a non-resident who is not paid as labour, and what cannot stand on an identity `document`.
    """
    guards.one_of(Payee.Kind, kind, field="kind")
    guards.not_negative(social_insurance=social_insurance_fen, special_deductions=special_deductions_fen)
    if document is not KEEP:
        check_document(document)
    payee = find(Payee, code=code)
    abroad = (payee is not None and payee.non_resident) if non_resident is KEEP else non_resident
    if abroad and kind != Payee.Kind.LABOUR:
        raise RuleError(_("Only who is paid as labour can be a non-resident for tax."), field="non_resident")
    return keep(
        payee,
        Payee,
        actor=actor,
        code=code,
        name=name,
        kind=kind,
        legal_name=legal_name,
        id_number=id_number,
        document=document,
        phone=phone,
        bank=bank,
        alipay=alipay,
        social_insurance_fen=social_insurance_fen,
        special_deductions_fen=special_deductions_fen,
        employed_from=employed_from,
        non_resident=non_resident,
    )


@transaction.atomic
def anchor_save(
    *,
    actor: User | None,
    code: str,
    stage_name: str,
    payee: Payee,
    member: Membership | None = KEEP,
    status: str = KEEP,
    joined_on: date | None = KEEP,
    note: str = KEEP,
) -> tuple[Anchor, str]:
    """Create or change the anchor with this code, whose payee has the same code; returns it and the outcome.

    Raises RuleError if the payee has another code or the sign-in belongs to another anchor.
    """
    if payee.code != code:
        raise RuleError(
            _("The payee of anchor %(anchor)s has the code %(payee)s; both codes must be the same."),
            field="code",
            anchor=code,
            payee=payee.code,
        )
    if member is not KEEP and member is not None:
        other = Anchor.objects.filter(member=member).exclude(code=code).first()
        if other is not None:
            raise RuleError(
                _("%(member)s already signs in as anchor %(anchor)s."), field="member", member=member, anchor=other
            )
    return save_by(
        Anchor,
        {"code": code},
        actor=actor,
        stage_name=stage_name,
        payee=payee,
        member=member,
        status=status,
        joined_on=joined_on,
        note=note,
    )


def free_until(platform: str, account_id: str, day: date) -> date | None:
    """When the next holding of an account begins that nobody holds on `day`; None where none follows.

    None, too, where somebody holds it that day: `account_save` then says who.
    """
    held = PlatformAccount.objects.filter(platform=platform, account_id=account_id).order_by("starts_on")
    for starts_on, ends_on in held.values_list("starts_on", "ends_on"):
        if starts_on > day:
            return starts_on
        if ends_on is None or ends_on > day:
            return None
    return None


@transaction.atomic
def account_save(
    *,
    actor: User | None,
    anchor: Anchor,
    platform: str,
    account_id: str,
    starts_on: date,
    ends_on: date | None = KEEP,
    nickname: str = KEEP,
    collected_by: str = KEEP,
    account: PlatformAccount | None = None,
) -> tuple[PlatformAccount, str]:
    """Put a platform account into an anchor's hands from `starts_on` up to but not including `ends_on`.

    The same anchor, platform, id and start mean the same record, unless `account` names the one to change.
    Raises RuleError for dates in the wrong order, and where another holding overlaps: an account has one
    holder at a time, so that a line's anchor is never a guess (docs/money.md §3).
    """
    guards.platform(platform)
    account = account or find(
        PlatformAccount, anchor=anchor, platform=platform, account_id=account_id, starts_on=starts_on
    )
    until = (account.ends_on if account else None) if ends_on is KEEP else ends_on
    guards.end_after_start(starts_on, until)
    others = PlatformAccount.objects.filter(platform=platform, account_id=account_id)
    others = others.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=starts_on))
    if until is not None:
        others = others.filter(starts_on__lt=until)
    if account is not None:
        others = others.exclude(pk=account.pk)
    other = others.select_related("anchor").first()
    if other is not None:
        if other.ends_on is None:
            message = _("The account %(account)s is held by %(anchor)s since %(start)s; it has one holder at a time.")
        else:
            message = _(
                "The account %(account)s is held by %(anchor)s from %(start)s until %(until)s;"
                " it has one holder at a time."
            )
        raise RuleError(
            message,
            field="account_id",
            account=f"{Platform(platform).label} {account_id}",
            anchor=other.anchor,
            start=other.starts_on,
            until=other.ends_on,
        )
    return keep(
        account,
        PlatformAccount,
        actor=actor,
        anchor=anchor,
        platform=platform,
        account_id=account_id,
        starts_on=starts_on,
        ends_on=ends_on,
        nickname=nickname,
        collected_by=collected_by,
    )
