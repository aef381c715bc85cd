"""Money, periods, errors and database helpers: no business words."""
