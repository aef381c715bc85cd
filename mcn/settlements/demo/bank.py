"""The demo's bank statement: who was paid, one line that nobody has looked at yet, and what is no payout."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from mcn.accounts.models import User
from mcn.core.money import yuan
from mcn.settlements.bank.reading import read_statement
from mcn.settlements.bank.statements import lines_confirm, statement_bring, suggested
from mcn.settlements.models import PayingAccount, Payout
from mcn.tenancy.models import Agency

COLUMNS = ("交易日期", "借方金额", "贷方金额", "对方户名", "对方账号", "摘要", "流水号")
FEE, DEAL = 1250, 8_000_000  # fen: what the bank charges, and what a brand paid in


def make_bank_statement(
    *, finance: User, agency: Agency, account: PayingAccount, payouts: Sequence[Payout], day: date
) -> None:
    """Bring in a statement in which the bank paid all these payouts, and confirm it of all but the last."""
    path = Path(settings.DATA_DIR) / "demo" / agency.slug / f"银行流水_{day:%Y%m%d}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_file(payouts, day))
    read = read_statement(path, name=path.name, zone=agency.zone)
    statement_bring(actor=finance, account=account, file_name=path.name, path=path, read=read)
    pairs = [(one.line, one.payout) for one in suggested(account) if one.is_sure and one.payout != payouts[-1]]
    if pairs:
        lines_confirm(actor=finance, pairs=pairs)


def _file(payouts: Sequence[Payout], day: date) -> bytes:
    """As a bank writes it: debit is what left the account."""
    rows = []
    for one in payouts:
        kept: Any = one.account
        rows.append((yuan(one.amount_fen), "", kept["name"], kept["account"], one.reference))
    rows += [
        (yuan(FEE), "", "", "", "对公转账手续费"),
        ("", yuan(DEAL), "清禾生物科技有限公司", "3301000000000008888", "六月坑位费"),
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((day, *row, f"{day:%Y%m%d}{place:06d}") for place, row in enumerate(rows, start=1))
    return text.getvalue().encode("utf-8-sig")
