"""A month's way to its end: cockpit, statements, buckets, shares."""
