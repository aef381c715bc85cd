"""The start page: this month at a glance, and what needs the reader today."""
