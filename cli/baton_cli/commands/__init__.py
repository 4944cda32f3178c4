"""The commands, a module a resource."""
