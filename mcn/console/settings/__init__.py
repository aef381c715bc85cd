"""Settings of an agency: its data, members and roles, the audit trail."""
