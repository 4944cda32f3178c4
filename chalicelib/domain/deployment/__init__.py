"""The deployment's own state: slots, settings, the floor, how long records are kept."""
