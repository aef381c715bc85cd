"""Disputes of anchors over their statements, from filing to the end (docs/money.md §10).

`moves` has the states, `deadlines` the days, `services` what people do, `reads` what pages show, `reminders` what the
agency is told when its time to answer runs out.
"""
