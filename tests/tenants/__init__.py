"""Tenants apart: no one can stop, starve, see or outvote another (rule 10)."""
