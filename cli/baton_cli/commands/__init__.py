"""The commands, one module for each resource or theme."""
