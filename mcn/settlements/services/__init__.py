"""Writes to periods, statements and what follows from them."""
