"""Tenants are apart: what none of them can do to another, and what owners can do."""
