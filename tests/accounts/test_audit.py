"""What the audit trail takes and keeps."""

import pytest

from mcn.accounts import audit
from mcn.accounts.models import AuditEntry
from tests.agencies import World


def test_an_action_without_words_is_refused(inside: World) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(ValueError, match="'juggle' is no action"):
        audit.record(actor=None, action="juggle", target=inside.agency)
    assert AuditEntry.objects.count() == before


def test_only_what_differs_is_kept(inside: World) -> None:
    entry = audit.record(
        actor=inside.owner, action="change", target=inside.agency, before={"a": 1, "b": 2}, after={"a": 1, "b": 3}
    )
    assert (entry.before, entry.after) == ({"b": 2}, {"b": 3})
    assert (entry.actor_name, entry.target, entry.target_id) == ("xinghe-owner", "tenancy.agency", inside.agency.pk)


def test_an_action_of_the_past_is_shown_as_it_was_written() -> None:
    assert audit.action_label("merge") == "merge"
