"""From an agency's column mapping to a format like the built-in ones: same reading, same merging, same refusals.

What the rules of docs/money.md leave to a format is decided here once for all mappings:
- Where rows have account id and nickname, the nickname never stands in for an id that is empty: it may be anybody's.
- One column for estimate and settled amount holds the estimate until the row is settled, and the settled amount then.
  A base shared by two different commissions stands for both.
- What a refund takes back counts as taken back whatever its sign.
- A file without settled money, or of which no row is ever settled, is a list of estimates (authority 0).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl
from django.utils.functional import Promise

from mcn.sales.importers import formats as f
from mcn.sales.importers.layouts import MEANINGS, Layout, signature
from mcn.sales.importers.registry import FORMATS
from mcn.sales.reading.rates import commission, parse_rate

PREFIX = "mapped:"
_LONGEST_KEY = 64
_AS_THEY_STAND = {"account_name", "traffic"}  # kept under another name: `derive` makes the normalised column of it


def mapped_format(
    layout: Layout, *, code: str, platform: str, title: str | Promise, headers: Sequence[str]
) -> f.SalesFormat:
    """The format that a layout without problems describes. `headers`: all those of the file it was made for."""
    if layout.rows != "lines":
        return _of_parts(layout, code=code, platform=platform, title=title, headers=headers)
    # A list of estimates neither gives nor takes settled money, whatever its columns say.
    meanings = [meaning for meaning in layout.columns if layout.settles or not meaning.startswith("set_")]
    required = ["set_base", "set_rate" if layout.is_rate("set_gross") else "set_gross_1"]
    return f.SalesFormat(
        code=code,
        platform=platform,
        title=title,
        account_from=layout.account_from,
        columns={key: column for meaning in meanings for key, column in _columns(layout, meaning).items()},
        derive=partial(_derived, layout),
        settled_states=("settled",) if layout.settles else (),
        needs_when_settled=tuple(required) if layout.settles else (),
        authority=(2 if layout.own_list else 1) if layout.settles else 0,
        falls_elsewhere=layout.falls_elsewhere,
        line_named_by="sub_order" if platform == "taobao" and "line_key" in meanings else "",
        headers=signature(list(headers)),
    )


def takes_refund_lists(platform: str) -> bool:
    """Whether refunds of a platform may come in a list of their own: not where its own order lists fall by them."""
    return not any(
        known.settled_states and not (known.parts or known.entries or known.falls_elsewhere)
        for known in FORMATS.values()
        if known.platform == platform
    )


def _of_parts(
    layout: Layout, *, code: str, platform: str, title: str | Promise, headers: Sequence[str]
) -> f.SalesFormat:
    """Refunds as `taobao_refunds` has them, phases as `douyin_phases`."""
    refunds = layout.rows == "refunds"
    needed = ["set_base", "set_gross_1"] if refunds else ["set_gross_1", "settled_at"]
    if not layout.net:
        needed.append("set_fee")
    return f.SalesFormat(
        code=code,
        platform=platform,
        title=title,
        account_from=layout.account_from,
        columns={key: column for meaning in layout.columns for key, column in _columns(layout, meaning).items()},
        derive=partial(_parts, layout),
        settled_states=("refunded",) if refunds else ("settled",),
        needs_when_settled=tuple(needed),
        parts=layout.rows,
        line_named_by="sub_order" if platform == "taobao" and refunds else "",
        headers=signature(list(headers)),
    )


def _parts(layout: Layout) -> dict[str, pl.Expr]:
    has = layout.columns.keys()
    found = _names(layout)
    gross = _gross(layout, "set", "")
    fee = pl.lit(0, pl.Int64) if layout.net else pl.col("set_fee")
    if layout.rows == "phases":
        found |= {"status": pl.lit("settled"), "platform_status": pl.lit(None, pl.String)}
        return found | {"set_gross": gross, "set_fee": fee}
    # What is taken back is written with a minus in some lists and without one in others.
    found |= {"set_base": -pl.col("set_base").abs(), "set_gross": -gross.abs(), "set_fee": -fee.abs()}
    found["changed_at"] = pl.col("refunded_at")
    found["status"] = pl.col("state") if "status" in has else pl.lit("refunded")
    found["platform_status"] = pl.col("state_text") if "status" in has else pl.lit("")
    return found


def _names(layout: Layout) -> dict[str, pl.Expr]:
    """What names the line and its account, where it is made of two columns."""
    has = layout.columns.keys()
    found: dict[str, pl.Expr] = {}
    if "account_name" in has:
        name = pl.col("account_name_text")
        found["account_name"] = (
            pl.when(pl.col("account_key").is_not_null()).then(name) if "account_key" in has else name
        )
    if "line_key_2" in has:
        found["line_key"] = pl.concat_str("line_1", "line_2", separator="-")
        found["refused_key_missing"] = pl.col("line_key").is_null()
        found["refused_key_too_long"] = (pl.col("line_key").str.len_chars() > _LONGEST_KEY).fill_null(False)
    return found


def _columns(layout: Layout, meaning: str) -> dict[str, f.Column]:
    """The format's columns for one meaning: one, or the parts that `_derived` puts together."""
    header, kind = layout.columns[meaning], MEANINGS[meaning].kind
    unit = layout.unit(meaning.removesuffix("_2"))  # what is added has the unit of what it is added to
    amount = f.fen(header) if unit == "fen" else f.yuan(header)
    if meaning == "status":
        return {"state": f.status(layout.states, header)}
    if meaning in ("set_gross", "est_gross"):
        if layout.is_rate(meaning):
            rate = f.Column(partial(parse_rate, unit=layout.unit(meaning)), (header,))
            return {f"{meaning[:3]}_rate": rate}
        return {f"{meaning}_1": amount}
    if meaning in ("line_key", "line_key_2") and "line_key_2" in layout.columns:
        return {"line_1" if meaning == "line_key" else "line_2": f.identifier(header)}
    if kind == "amount":
        return {f"{meaning}_1" if meaning in ("est_base", "est_fee") else meaning: amount}
    reading = {"id": f.identifier, "account": f.account, "text": f.text, "count": f.count}
    if kind == "time":
        return {meaning: f.moment(header, way=layout.times)}
    return {f"{meaning}_text" if meaning in _AS_THEY_STAND else meaning: reading[kind](header)}


def _derived(layout: Layout) -> dict[str, pl.Expr]:
    has = layout.columns.keys()
    state = _state(layout)
    settled = state == "settled"
    found: dict[str, pl.Expr] = {"status": state}
    found["platform_status"] = pl.col("state_text") if "status" in has else pl.lit("")
    found |= _names(layout)
    if layout.settles:
        found["set_gross"] = _gross(layout, "set", "set_base")
    if "est_gross" in has:
        gross = _gross(layout, "est", "est_base_1")
        found["est_gross"] = pl.when(~settled).then(gross) if _one_commission(layout) else gross
    if "est_base" in has:
        base = pl.col("est_base_1")
        found["est_base"] = pl.when(~settled).then(base) if _one_commission(layout) and _same(layout, "base") else base
    if "est_fee" in has:
        fee = pl.col("est_fee_1")
        found["est_fee"] = pl.when(~settled).then(fee) if _same(layout, "fee") else fee
    if layout.net:
        fees = ("est_fee", "set_fee") if layout.settles else ("est_fee",)
        found |= {key: pl.lit(0, pl.Int64) for key in fees}
    return found


def _state(layout: Layout) -> pl.Expr:
    """The canonical state. In a list of estimates what the platform settled is received, as far as the list knows."""
    final = "settled" if layout.settles else "received"
    if "status" in layout.columns:
        return pl.col("state").replace({"settled": final, "reduced": final})
    if layout.without_status == "settled_time":
        return pl.when(pl.col("settled_at").is_not_null()).then(pl.lit(final)).otherwise(pl.lit("paid"))
    return pl.lit(final if layout.without_status == "settled" else "paid")


def _gross(layout: Layout, kind: str, base: str) -> pl.Expr:
    if layout.is_rate(f"{kind}_gross"):
        return commission(base, f"{kind}_rate")
    if f"{kind}_gross_2" in layout.columns:
        return pl.col(f"{kind}_gross_1") + pl.col(f"{kind}_gross_2").fill_null(0)
    return pl.col(f"{kind}_gross_1")


def _same(layout: Layout, what: str) -> bool:
    """Whether one column stands for the estimate and the settled amount."""
    return layout.columns.get(f"est_{what}") == layout.columns.get(f"set_{what}") is not None


def _one_commission(layout: Layout) -> bool:
    """Whether the file has one commission, an estimate until it is settled. Of a rate it is, if the base is one."""
    return _same(layout, "gross") and (not layout.is_rate("set_gross") or _same(layout, "base"))
