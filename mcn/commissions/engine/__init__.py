"""The reference calculation of commissions, in pure Python: dataclasses in, dataclasses out, no database.

`matching` says whose a line is, `shares` what each payee gets of it, `explain` how. The set-based calculation
must give the same figures, and a closed month is proved by running this again on its frozen inputs. The
rules: docs/money.md.
"""
