"""Targets, with real counterparts: servers on the loopback, and stores of secrets."""
