"""Releases side by side: what one of them has stored, the other goes on with."""
