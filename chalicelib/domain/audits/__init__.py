"""Audits, and notifications: what people should know, and may have to decide."""
