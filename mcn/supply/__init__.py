"""Suppliers and the SKUs an anchor may sell."""
