"""Attempts: what the runner does, and what targets that call back do."""
