-- The events of the batches, kept with the stored sums of the days they are dated.
insert into sales_dailysettled as kept (
    agency_id, day, platform, account_key, settled_events, supplement_events, clawback_events, base_fen, gross_fen,
    fee_fen, holder_fen
)
select
    %(agency)s, day, platform, account_key, sum(settled), sum(supplements), sum(clawbacks), sum(base), sum(gross),
    sum(fee), sum(holder)
from settled_changes
group by day, platform, account_key
on conflict (agency_id, day, platform, account_key) do update set
    settled_events = kept.settled_events + excluded.settled_events,
    supplement_events = kept.supplement_events + excluded.supplement_events,
    clawback_events = kept.clawback_events + excluded.clawback_events,
    base_fen = kept.base_fen + excluded.base_fen,
    gross_fen = kept.gross_fen + excluded.gross_fen,
    fee_fen = kept.fee_fen + excluded.fee_fen,
    holder_fen = kept.holder_fen + excluded.holder_fen
