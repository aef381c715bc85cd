"""Who acts: users, memberships with roles, permissions, the audit trail."""
