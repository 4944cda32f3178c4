"""The machinery of HTTP: from a request to an endpoint and back."""
