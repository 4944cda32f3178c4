"""The flows: they read, ask the domain for a decision, and write it."""
