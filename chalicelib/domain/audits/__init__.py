"""Audits, and notifications: what people are told, and may have to decide."""
