"""Baton: a serverless scheduler for work that must not overlap."""
