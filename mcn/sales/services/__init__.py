"""Writes to sales data: imports, order lines, earning events, and typed entries."""
