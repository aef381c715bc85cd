"""Create a record, change it, or find that nothing has to be done: what every `<noun>_save` stands on."""

from typing import Any, Final, TypeVar

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.encryption import EncryptedTextField
from mcn.tenancy.models import TenantModel

CREATED: Final = "created"
CHANGED: Final = "changed"
UNCHANGED: Final = "unchanged"
OUTCOMES = (CREATED, CHANGED, UNCHANGED)


class _Keep:
    def __repr__(self) -> str:
        return "KEEP"


# The value of an optional argument that was not given: a new record takes the model's default, an existing one
# keeps what it has. None, on the other hand, empties the field.
KEEP: Any = _Keep()

Record = TypeVar("Record", bound=TenantModel)


def find(model: type[Record], **key: Any) -> Record | None:
    """The record with this key in the agency in scope, locked until the transaction ends."""
    return model.objects.select_for_update().filter(**key).first()


def differing(record: Any, values: dict[str, Any]) -> list[str]:
    """The names of those values that are given and not what the record holds."""
    return [name for name, value in values.items() if value is not KEEP and getattr(record, name) != value]


def save_by(model: type[Record], key: dict[str, Any], *, actor: User | None, **values: Any) -> tuple[Record, str]:
    """Create the agency's record with this key, or change the one that has it; see `keep`."""
    return keep(find(model, **key), model, actor=actor, **key, **values)


def keep(record: Record | None, model: type[Record], *, actor: User | None, **values: Any) -> tuple[Record, str]:
    """Save `values` to `record`, or to a new one where it is None; write the audit trail.

    Returns the record and created, changed or unchanged; values that are KEEP are left alone. Encrypted
    personal data is audited as changed, never with its value.
    """
    if record is None:
        record = model(**{name: value for name, value in values.items() if value is not KEEP})
        record.save()
        audit.record(actor=actor, action="create", target=record, after=audit.snapshot(record))
        return record, CREATED
    changed = differing(record, values)
    if not changed:
        return record, UNCHANGED
    before = audit.snapshot(record)
    for name in changed:
        setattr(record, name, values[name])
    record.save()
    after = audit.snapshot(record)
    for name in changed:
        if isinstance(record._meta.get_field(name), EncryptedTextField):
            before[name], after[name] = None, "•"
    audit.record(actor=actor, action="change", target=record, before=before, after=after)
    return record, CHANGED


def keep_parts(
    record: TenantModel, outcome: str, *, actor: User | None, name: str, before: list[Any], after: list[Any]
) -> str:
    """Audit that the parts of a record (hosts, SKUs of a deal …) were replaced; returns the outcome so far.

    For a record that was just created, or parts that are the same, there is nothing to tell.
    """
    if before == after or outcome == CREATED:
        return outcome
    audit.record(actor=actor, action="change", target=record, before={name: before}, after={name: after})
    return CHANGED
