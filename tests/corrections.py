"""An approved correction for an entry that is there already, as the database asks for."""

from django.db import connection
from django.utils import timezone

from mcn.accounts.models import User
from mcn.sales.models import Entry
from mcn.settlements.models import Correction


def approved_correction(entry: Entry) -> Correction:
    """The correction that made the entry; the two persons are users of no agency."""
    asked, agreed = (
        User.objects.get_or_create(email=f"{name}@corrections.test", defaults={"name": name})[0]
        for name in ("asked", "agreed")
    )
    made = Correction.objects.create(
        number=entry.pk,
        payee=entry.anchor.payee,
        amount_fen=entry.amount_fen,
        reason="corrected",
        state=Correction.State.APPROVED,
        requested_by=asked,
        decided_by=agreed,
        decided_at=timezone.now(),
        made=entry,
    )
    # Looked at now: when a test ends nobody is in the agency any more.
    with connection.cursor() as cursor:
        cursor.execute("set constraints of_approved_correction immediate")
        cursor.execute("set constraints of_approved_correction deferred")
    return made
