"""Conformance: what everything registered must pass, for us and for those who extend us."""
