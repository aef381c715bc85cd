"""Live sessions: the week, and the form with hosts and weights."""
