"""Passes: what the minute tick and the wakes do."""
