"""Anchors, payees, platform accounts, contracts and their versions, advances, attendance."""
