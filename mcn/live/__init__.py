"""Live sessions and their hosts."""
