"""The verification code on the paper of a closed statement: nobody without the installation's secret can make one."""

import hmac
import json
import unicodedata

from mcn.core.encryption import seal
from mcn.settlements.models import Period, Statement

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 signs that nobody mixes up: no I, O, 0, 1
LENGTH = 12  # of five bits each
GROUP = 4
# Papers in people's hands depend on these names and their order: neither changes, and what is added counts only where
# there is any.
FIGURES = (
    "lines", "net_gmv_fen", "pool_fen", "commission_share_fen", "clawback_share_fen", "slot_fee_share_fen",
    "tips_share_fen", "ads_share_fen", "override_share_fen", "bonus_fen", "earned_fen", "guarantee_top_up_fen",
    "penalties_fen", "paid_by_platform_fen", "brought_forward_fen", "taxable_fen", "tax_fen", "advance_recouped_fen",
    "net_pay_fen", "carried_forward_fen",
)  # fmt: skip
ADDED = ("instalments_fen", "tax_borne_fen")


def code_of(agency: str, statement: Statement) -> str:
    """The code of a closed statement, in groups: K7QF-M2XA-9PTD; empty for a draft.

    It stands for the agency (its short name), the month with its proof, the payee's code and every figure.
    """
    period = statement.period
    if period.state != Period.State.CLOSED:
        return ""
    figures = [getattr(statement, name) for name in FIGURES]
    figures += [f"{name}:{fen}" for name in ADDED if (fen := getattr(statement, name))]
    told = [agency, period.code, period.content_hash, statement.code, *figures]
    digest = int.from_bytes(seal("statement", json.dumps(told).encode()))
    signs = "".join(ALPHABET[digest >> 5 * place & 31] for place in range(LENGTH))
    return "-".join(signs[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def is_code_of(typed: str, agency: str, statement: Statement) -> bool:
    """Whether what somebody typed is the statement's code; blanks, hyphens, case and full-width signs are the same."""
    expected = code_of(agency, statement)
    return bool(expected) and hmac.compare_digest(_plain(typed).encode(), _plain(expected).encode())


def _plain(code: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", code).upper() if sign.isalnum())
