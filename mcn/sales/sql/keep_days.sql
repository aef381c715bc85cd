-- The sums of the import, kept with the stored ones. Those are without the lines that have no payment time.
insert into sales_dailysales as kept (
    agency_id, day, platform, account_key, lines, invalid_lines, gmv_fen, estimated_gross_fen, settled_base_fen,
    settled_pool_fen, open_lines, open_estimate_fen
)
select
    %(agency)s, day, platform, account_key, lines, invalid_lines, gmv, estimated_gross, settled_base, settled_pool,
    open_lines, open_estimate
from day_sums
where day is not null
on conflict (agency_id, day, platform, account_key) do update set
    lines = kept.lines + excluded.lines,
    invalid_lines = kept.invalid_lines + excluded.invalid_lines,
    gmv_fen = kept.gmv_fen + excluded.gmv_fen,
    estimated_gross_fen = kept.estimated_gross_fen + excluded.estimated_gross_fen,
    settled_base_fen = kept.settled_base_fen + excluded.settled_base_fen,
    settled_pool_fen = kept.settled_pool_fen + excluded.settled_pool_fen,
    open_lines = kept.open_lines + excluded.open_lines,
    open_estimate_fen = kept.open_estimate_fen + excluded.open_estimate_fen
