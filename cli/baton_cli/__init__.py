"""Baton's command line. It knows Baton by its public HTTP API alone."""
