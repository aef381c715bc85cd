"""Brands and the deals won from them."""
