"""Functions that schedules can run: the registry, what a job sees of its run, the built-in jobs."""
