"""Courses and training records."""
