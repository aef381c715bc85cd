"""The agency's own admin screens."""
