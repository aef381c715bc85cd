"""Looking at a payee's personal data, which is stored encrypted and shown masked."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.anchors.models import Payee


@dataclass(frozen=True)
class PersonalData:
    """A payee's personal data in plain text. For one answer only: never stored, cached or logged."""

    id_number: str
    document: dict[str, str]
    phone: str
    bank: dict[str, str]
    alipay: dict[str, str]


@transaction.atomic
def payee_reveal(*, actor: User, payee: Payee) -> PersonalData:
    """The payee's personal data in plain text; who looked is written to the audit trail, without the data.

    The permission is `payees.reveal`; the law asks for a purpose and a record of such access (PIPL art. 51, 54).
    """
    seen = [name for name in ("id_number", "document", "phone", "bank", "alipay") if getattr(payee, name)]
    audit.record(actor=actor, action="reveal", target=payee, after={"fields": seen})
    document: Any = payee.document
    bank: Any = payee.bank
    alipay: Any = payee.alipay
    return PersonalData(payee.id_number, document, payee.phone, bank, alipay)
