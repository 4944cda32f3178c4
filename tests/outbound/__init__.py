"""Requests that leave the deployment, with real counterparts: servers on the loopback."""
