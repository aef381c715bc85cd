"""What a load created, changed and left unchanged, section by section."""

from collections import Counter

from django.utils import timezone
from django.utils.translation import gettext as _

from mcn.accounts.keeping import CHANGED, CREATED, OUTCOMES, UNCHANGED
from mcn.accounts.models import Invitation


class Report:
    """Counts of outcomes by section, in the order of the file, and the invitations of those who have to accept."""

    def __init__(self) -> None:
        self.slug = ""
        self.invitations: list[Invitation] = []
        self.sections: dict[str, Counter[str]] = {}

    def add(self, section: str, outcome: str) -> None:
        self.sections.setdefault(section, Counter())[outcome] += 1

    def total(self, outcome: str) -> int:
        return sum(counts[outcome] for counts in self.sections.values())

    def lines(self) -> list[str]:
        """One line per section. The words are part of the command's public output and are not translated."""
        width = max(map(len, [*self.sections, "total"]))
        rows = [(name, *(counts[outcome] for outcome in OUTCOMES)) for name, counts in self.sections.items()]
        rows.append(("total", *(self.total(outcome) for outcome in OUTCOMES)))
        return [
            f"{name:<{width}}  created {created:>4}  changed {changed:>4}  unchanged {unchanged:>4}"
            for name, created, changed, unchanged in rows
        ]

    def waiting(self) -> list[str]:
        """One sentence, in the reader's language, for everybody who has an account but has not accepted."""
        return [
            _("%(email)s: the invitation was revoked and stays so.") % {"email": invitation.email}
            if invitation.revoked_at
            else _("%(email)s has an account and becomes a member by accepting, after sign-in and until %(until)s.")
            % {"email": invitation.email, "until": f"{timezone.localtime(invitation.expires_at):%Y-%m-%d %H:%M}"}
            for invitation in self.invitations
        ]


def together(*outcomes: str) -> str:
    """The outcome of a record that is saved in several steps; the first decides whether it was created."""
    if outcomes[0] == CREATED:
        return CREATED
    return UNCHANGED if set(outcomes) == {UNCHANGED} else CHANGED
