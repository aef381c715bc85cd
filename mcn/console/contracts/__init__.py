"""Contracts: their versions in words, and the editor of splits."""
