"""Bring an agency in line with its file, section by section, through the services that the screens use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from mcn.accounts.agencies import agency_find, agency_save, fee_rate_save
from mcn.accounts.keeping import KEEP, UNCHANGED
from mcn.accounts.models import Membership, User
from mcn.accounts.permissions import Role
from mcn.accounts.services import has_account_only, invitation_save, member_save
from mcn.anchors.models import Anchor, Payee
from mcn.anchors.services import advance_save, anchor_save, attendance_save, payee_save
from mcn.brands.models import Brand, Deal
from mcn.brands.services import brand_save, deal_save
from mcn.core.errors import DomainError, RuleError
from mcn.live.services import session_save
from mcn.sales.services.entries import entry_save
from mcn.settlements.agency_file import holdings
from mcn.settlements.agency_file.parts import Part
from mcn.settlements.agency_file.problems import Problem
from mcn.settlements.agency_file.reading import Document
from mcn.settlements.agency_file.report import Report, together
from mcn.settlements.selectors import last_closed_period
from mcn.settlements.services.opening import open_months
from mcn.supply.models import Sku
from mcn.supply.services import deal_skus_save, sku_products_save, sku_save
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope

MODELS: dict[str, type[Any]] = {"payee": Payee, "brand": Brand, "sku": Sku, "deal": Deal, "anchor": Anchor}
UNKNOWN = {
    "payee": _("There is no agent or anchor with the code %(code)s."),
    "brand": _("There is no brand with the code %(code)s."),
    "sku": _("There is no SKU with the code %(code)s."),
    "deal": _("There is no deal with the code %(code)s."),
    "anchor": _("There is no anchor with the code %(code)s."),
}


class Consequence(RuleError):
    """A record that stands on another one which has a problem of its own: that one alone is reported."""


class Applying:
    """One load. Collects problems rather than stopping at the first; the caller rolls back if there are any."""

    def __init__(self, *, actor: User | None, document: Document) -> None:
        self.actor = actor
        self.document = document
        self.problems: list[Problem] = []
        self.report = Report()
        self._found: dict[tuple[str, str], Any] = {}
        self._failed: set[tuple[str, str]] = set()
        self._seen: dict[tuple[str, object], str] = {}

    def run(self) -> None:
        root = Part(self.document.data, "")
        agency = self._agency(root.required("agency"))
        if agency is None:
            return
        self.report.slug = agency.slug
        self.zone = ZoneInfo(agency.timezone)
        with agency_scope(agency.pk):
            self.last_closed = last_closed_period()
            for name in (
                "staff", "agents", "brands", "skus", "deals", "anchors", "sessions", "entries", "attendance",
            ):  # fmt: skip
                if name in root:
                    getattr(self, f"_{name}")(root, name)

    # ── What every section uses ───────────────────────────────────────────────────────────────────

    @contextmanager
    def at(self, part: Part, *records: tuple[str, str]) -> Iterator[None]:
        """Turn an error into a problem at this part; `records` are then known to have failed."""
        try:
            yield
        except DomainError as error:
            self._failed.update(records)
            if not isinstance(error, Consequence):
                self.problems.append(self.document.problem(part.place(error.field or ""), error))

    def once(self, kind: str, code: object, part: Part, key: str) -> None:
        """Raise RuleError if the file has given this code before."""
        first = self._seen.setdefault((kind, code), part.place(key))
        if first != part.place(key):
            shown = " ".join(map(str, code)) if isinstance(code, tuple) else code
            raise RuleError(_("%(code)s is given already at %(first)s."), field=key, code=shown, first=first)

    def find(self, kind: str, part: Part, key: str) -> Any:
        """The record that a key refers to, from the file or from what was there before."""
        code = part.text(key)
        if code is KEEP:
            return KEEP
        if not code:
            return None
        return self.record(kind, code, key)

    def record(self, kind: str, code: str, field: str) -> Any:
        """The record with this code. Raises RuleError naming `field` if there is none."""
        if (kind, code) in self._failed:
            raise Consequence(UNKNOWN[kind], field=field, code=code)
        if (kind, code) not in self._found:
            found = MODELS[kind].objects.filter(code=code).first()
            if found is None:
                raise RuleError(UNKNOWN[kind], field=field, code=code)
            self._found[kind, code] = found
        return self._found[kind, code]

    # ── Sections ──────────────────────────────────────────────────────────────────────────────────

    def _agency(self, part: Part) -> Agency | None:
        agency = None
        with self.at(part):
            slug = part.text("slug")
            before = agency_find(slug)
            last_closed = None
            if before is not None:
                with agency_scope(before.pk):
                    last_closed = last_closed_period()
            agency, outcome = agency_save(
                actor=self.actor,
                slug=slug,
                name=part.text("name"),
                timezone=part.text("timezone"),
                day_starts_at=part.time("day_starts_at"),
                labour_tax=part.text("labour_tax"),
                minimum_payout_fen=part.fen("minimum_payout"),
                first_period=part.text("first_period"),
                last_closed=last_closed,
            )
            outcomes = [outcome]
            if (rates := part.part("platform_fee_rates")) is not None:
                with self.at(rates), agency_scope(agency.pk):
                    for platform in rates.data:
                        rate = rates.rate(platform)
                        outcomes.append(fee_rate_save(actor=self.actor, platform=platform, fee_rate=rate)[1])
            self.report.add("agency", together(*outcomes))
        return agency

    def _staff(self, root: Part, name: str) -> None:
        parts = []
        for part in root.parts(name):
            with self.at(part):
                self.once("staff", part.text("email").lower(), part, "email")
                parts.append(part)
        # Owners first: an agency that passes from one owner to another has one at every moment.
        for part in sorted(parts, key=lambda part: Role.OWNER not in part.data["roles"]):
            with self.at(part):
                email = part.text("email").lower()
                roles = part.texts("roles")
                if has_account_only(email):
                    invitation, outcome = invitation_save(
                        actor=self.actor, email=email, name=part.text("name"), roles=roles
                    )
                    self.report.add(name, outcome)
                    self.report.invitations.append(invitation)
                    continue
                former = Membership.objects.filter(user__email=email).first()
                if former is not None and Role.ANCHOR in former.roles:
                    roles.append(Role.ANCHOR.value)  # an anchor's own sign-in is not the file's business
                _member, outcome = member_save(
                    actor=self.actor,
                    email=email,
                    name=part.text("name"),
                    roles=roles,
                    is_active=former.is_active if former else True,
                )
                self.report.add(name, outcome)

    def _payee(self, part: Part, code: str, name: str) -> tuple[Payee, str]:
        self.once("payee", code, part, "code")
        details = part.required("payee")
        try:
            payee, outcome = payee_save(
                actor=self.actor,
                code=code,
                name=name,
                kind=details.text("kind"),
                legal_name=details.text("legal_name"),
                id_number=details.text("id_number"),
                phone=details.text("phone"),
                bank=details.details("bank"),
                alipay=details.details("alipay"),
                social_insurance_fen=details.fen("social_insurance"),
                special_deductions_fen=details.fen("special_deductions"),
                employed_from=details.date("employed_from"),
            )
        except DomainError as error:
            error.field = f"payee.{error.field}"
            raise
        self._found["payee", code] = payee
        return payee, outcome

    def _agents(self, root: Part, name: str) -> None:
        for part in root.parts(name):
            code = part.text("code")
            with self.at(part, ("payee", code)):
                if Anchor.objects.filter(code=code).exists():
                    raise RuleError(_("%(code)s is the code of an anchor."), field="code", code=code)
                self.report.add(name, self._payee(part, code, part.text("name"))[1])

    def _brands(self, root: Part, name: str) -> None:
        for part in root.parts(name):
            code = part.text("code")
            with self.at(part, ("brand", code)):
                self.once("brand", code, part, "code")
                _brand, outcome = brand_save(
                    actor=self.actor,
                    code=code,
                    name=part.text("name"),
                    category=part.text("category"),
                    contact=part.text("contact"),
                    note=part.text("note"),
                )
                self.report.add(name, outcome)

    def _skus(self, root: Part, name: str) -> None:
        saved: list[tuple[Part, Sku, str]] = []
        for part in root.parts(name):
            code = part.text("code")
            with self.at(part, ("sku", code)):
                self.once("sku", code, part, "code")
                sku, outcome = sku_save(
                    actor=self.actor,
                    code=code,
                    name=part.text("name"),
                    brand=self.find("brand", part, "brand"),
                    category=part.text("category"),
                    list_price_fen=part.fen("list_price"),
                    live_price_fen=part.fen("live_price"),
                    cost_fen=part.fen("cost"),
                    stock=part.count("stock"),
                )
                saved.append((part, sku, outcome))
        # Two rounds, so that an id may move from one SKU to another: give up first, take over then.
        linked = {sku.pk: self._products(part, sku, take_over=False) for part, sku, _outcome in saved}
        for part, sku, outcome in saved:
            taken = self._products(part, sku, take_over=True)
            self.report.add(name, together(outcome, linked[sku.pk], taken))

    def _products(self, part: Part, sku: Sku, *, take_over: bool) -> str:
        if (products := part.part("platform_products")) is None:
            return UNCHANGED
        wanted = {platform: products.texts(platform) for platform in products.data}
        if not take_over:
            present = {(product.platform, product.product_id) for product in sku.products.all()}
            wanted = {key: [text for text in ids if (key, text) in present] for key, ids in wanted.items()}
        with self.at(products):
            return sku_products_save(actor=self.actor, sku=sku, products=wanted)
        return UNCHANGED

    def _deals(self, root: Part, name: str) -> None:
        for part in root.parts(name):
            code = part.text("code")
            with self.at(part, ("deal", code)):
                self.once("deal", code, part, "code")
                deal, outcome = deal_save(
                    actor=self.actor,
                    code=code,
                    brand=self.find("brand", part, "brand"),
                    kind=part.text("kind"),
                    slot_fee_fen=part.fen("slot_fee"),
                    commission_rate=part.rate("commission_rate"),
                    starts_on=part.date("starts_on"),
                    ends_on=part.date("ends_on"),
                    gmv_target_fen=part.fen("gmv_target"),
                    note=part.text("note"),
                )
                if "skus" in part:
                    skus = [self.record("sku", sku, f"skus[{index}]") for index, sku in enumerate(part.texts("skus"))]
                    outcome = together(outcome, deal_skus_save(actor=self.actor, deal=deal, skus=skus))
                self.report.add(name, outcome)

    def _anchors(self, root: Part, name: str) -> None:
        saved: list[tuple[Part, Anchor]] = []
        for part in root.parts(name):
            code = part.text("code")
            with self.at(part, ("payee", code), ("anchor", code)):
                saved.append((part, self._anchor(part, code, name)))
        holdings.accounts_save(self, saved)
        holdings.contracts_save(self, saved)
        for part, anchor in saved:
            for advance in part.parts("advances"):
                with self.at(advance):
                    self._advance(anchor, advance)

    def _anchor(self, part: Part, code: str, section: str) -> Anchor:
        stage_name = part.text("stage_name")
        if Payee.objects.filter(code=code, anchor__isnull=True).exists():
            raise RuleError(_("%(code)s is the code of an agent."), field="code", code=code)
        payee, of_payee = self._payee(part, code, stage_name)
        anchor, of_anchor = anchor_save(actor=self.actor, code=code, stage_name=stage_name, payee=payee)
        self._found["anchor", code] = anchor
        self.report.add(section, together(of_payee, of_anchor))
        return anchor

    def _advance(self, anchor: Anchor, part: Part) -> None:
        code = part.text("code")
        self.once("advance", (anchor.code, code), part, "code")
        _advance, outcome = advance_save(
            actor=self.actor,
            payee=anchor.payee,
            code=code,
            amount_fen=part.fen("amount"),
            paid_on=part.date("paid_on"),
            recoup_rate=part.rate("recoup_rate"),
            taxed_when_paid=part.flag("taxed_when_paid"),
        )
        self.report.add("advances", outcome)

    def _sessions(self, root: Part, name: str) -> None:
        for part in root.parts(name):
            with self.at(part):
                code = part.text("code")
                self.once("session", code, part, "code")
                hosts = KEEP
                if "hosts" in part:
                    hosts = [
                        (
                            self.record("anchor", host.text("anchor"), f"hosts[{index}].anchor"),
                            self._weight(host, index),
                        )
                        for index, host in enumerate(part.parts("hosts"))
                    ]
                _session, outcome = session_save(
                    actor=self.actor,
                    code=code,
                    title=part.text("title"),
                    platform=part.text("platform"),
                    account_id=part.text("account_id"),
                    room_id=part.text("room_id"),
                    starts_at=part.moment("starts_at", self.zone),
                    ends_at=part.moment("ends_at", self.zone),
                    hosts=hosts,
                    note=part.text("note"),
                )
                self.report.add(name, outcome)

    def _weight(self, host: Part, index: int) -> Any:
        try:
            return host.rate("weight")
        except RuleError as error:
            error.field = f"hosts[{index}].weight"
            raise

    def _entries(self, root: Part, name: str) -> None:
        for part in root.parts(name):
            with self.at(part):
                code = part.text("code")
                self.once("entry", code, part, "code")
                entry, outcome = entry_save(
                    actor=self.actor,
                    code=code,
                    anchor=self.find("anchor", part, "anchor"),
                    income=part.text("income"),
                    date=part.date("date"),
                    amount_fen=part.fen("amount"),
                    deal=self.find("deal", part, "deal"),
                    note=part.text("note"),
                    last_closed=self.last_closed,
                )
                open_months([entry.settle_period])
                self.report.add(name, outcome)

    def _attendance(self, root: Part, name: str) -> None:
        for part in root.parts(name):
            with self.at(part):
                period = part.text("period")
                self.once("attendance", (part.text("anchor"), period), part, "period")
                _attendance, outcome = attendance_save(
                    actor=self.actor,
                    anchor=self.find("anchor", part, "anchor"),
                    period=period,
                    valid_days=part.count("valid_days"),
                    valid_hours=part.hours("valid_hours"),
                    last_closed=self.last_closed,
                )
                self.report.add(name, outcome)
