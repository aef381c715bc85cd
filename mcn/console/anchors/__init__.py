"""Pages about people that are no plain records: earnings, personal data, sign-in."""
