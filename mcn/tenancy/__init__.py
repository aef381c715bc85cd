"""Whose data it is: agencies, the scope, row-level security."""
