"""Commands that are run while a slot is held: kept, shown, and ended with it."""
