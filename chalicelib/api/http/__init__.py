"""The machinery of HTTP: from a request to a handler, and from its answer to a response."""
