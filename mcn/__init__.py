"""The live-commerce agency system: one Django app per business noun."""
