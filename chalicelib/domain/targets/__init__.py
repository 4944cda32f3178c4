"""What can be said of a target from its definition: its label, and credentials in it."""
