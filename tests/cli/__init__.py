"""The command line, run against the system in process."""
