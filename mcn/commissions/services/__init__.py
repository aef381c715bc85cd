"""Writes to contract terms and calculated shares."""
