"""What the newest calculation of an open month changed against the one before, and why."""
