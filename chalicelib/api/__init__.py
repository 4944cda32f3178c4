"""The HTTP API: a blueprint for each resource, and what they share."""
