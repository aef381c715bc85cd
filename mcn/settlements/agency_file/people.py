"""Staff, agents and anchors of the file. What anchors hold over time: `holdings`."""

from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import Membership
from mcn.accounts.permissions import Role
from mcn.accounts.services import has_account_only, invitation_save, member_save
from mcn.anchors.models import Anchor, Payee
from mcn.anchors.services import advance_save, anchor_save, payee_save
from mcn.core.errors import RuleError
from mcn.settlements.agency_file import holdings
from mcn.settlements.agency_file.applying import Applying
from mcn.settlements.agency_file.parts import Part, inside
from mcn.settlements.agency_file.report import together


def staff(load: Applying) -> None:
    """The members, by e-mail address. Owners first: an agency that passes from one owner to another has one
    at every moment."""
    parts = []
    for part in load.root.parts("staff"):
        with load.at(part):
            load.once("staff", part.text("email").lower(), part, "email")
            parts.append(part)
    for part in sorted(parts, key=lambda part: Role.OWNER not in part.data["roles"]):
        with load.at(part):
            load.report.add("staff", _member(load, part))


def _member(load: Applying, part: Part) -> str:
    email = part.text("email").lower()
    roles = part.texts("roles")
    if has_account_only(email):
        invitation, outcome = invitation_save(actor=load.actor, email=email, name=part.text("name"), roles=roles)
        load.report.invitations.append(invitation)
        return outcome
    former = Membership.objects.filter(user__email=email).first()
    if former is not None and Role.ANCHOR in former.roles:
        roles.append(Role.ANCHOR.value)  # an anchor's own sign-in is not the file's business
    _saved, outcome = member_save(
        actor=load.actor,
        email=email,
        name=part.text("name"),
        roles=roles,
        is_active=former.is_active if former else True,
    )
    return outcome


def agents(load: Applying) -> None:
    """The payees who are no anchors."""
    for part in load.root.parts("agents"):
        code = part.text("code")
        with load.at(part, ("payee", code)):
            if Anchor.objects.filter(code=code).exists():
                raise RuleError(_("%(code)s is the code of an anchor."), field="code", code=code)
            load.report.add("agents", _payee(load, part, code, part.text("name"))[1])


def _payee(load: Applying, part: Part, code: str, name: str) -> tuple[Payee, str]:
    load.once("payee", code, part, "code")
    details = part.required("payee")
    with inside(part, details):
        payee, outcome = payee_save(
            actor=load.actor,
            code=code,
            name=name,
            kind=details.text("kind"),
            legal_name=details.text("legal_name"),
            id_number=details.text("id_number"),
            document=details.details("document"),
            phone=details.text("phone"),
            bank=details.details("bank"),
            alipay=details.details("alipay"),
            social_insurance_fen=details.fen("social_insurance"),
            special_deductions_fen=details.fen("special_deductions"),
            employed_from=details.date("employed_from"),
            non_resident=details.flag("non_resident"),
        )
    load.remember("payee", code, payee)
    return payee, outcome


def anchors(load: Applying) -> None:
    """The anchors with their payees, then what they hold, then their advances."""
    saved: list[tuple[Part, Anchor]] = []
    for part in load.root.parts("anchors"):
        code = part.text("code")
        with load.at(part, ("payee", code), ("anchor", code)):
            saved.append((part, _anchor(load, part, code)))
    holdings.accounts(load, saved)
    holdings.contracts(load, saved)
    for above, anchor in saved:
        for part in above.parts("advances"):
            with load.at(part):
                load.report.add("advances", _advance(load, part, anchor))


def _anchor(load: Applying, part: Part, code: str) -> Anchor:
    stage_name = part.text("stage_name")
    if Payee.objects.filter(code=code, anchor__isnull=True).exists():
        raise RuleError(_("%(code)s is the code of an agent."), field="code", code=code)
    payee, of_payee = _payee(load, part, code, stage_name)
    anchor, of_anchor = anchor_save(actor=load.actor, code=code, stage_name=stage_name, payee=payee)
    load.remember("anchor", code, anchor)
    load.report.add("anchors", together(of_payee, of_anchor))
    return anchor


def _advance(load: Applying, part: Part, anchor: Anchor) -> str:
    code = part.text("code")
    load.once("advance", (anchor.code, code), part, "code")
    _saved, outcome = advance_save(
        actor=load.actor,
        payee=anchor.payee,
        code=code,
        amount_fen=part.fen("amount"),
        paid_on=part.date("paid_on"),
        recoup_rate=part.rate("recoup_rate"),
        taxed_when_paid=part.flag("taxed_when_paid"),
        instalment_fen=part.fen("instalment"),
        recoup_from=part.text("recoup_from"),
    )
    return outcome
