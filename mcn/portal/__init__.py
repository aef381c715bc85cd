"""The anchor's own pages."""
