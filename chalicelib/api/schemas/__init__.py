"""The shapes of requests, one module a resource."""
