"""Schedules and their runs: what fires, who is served next, how runs change and end."""
