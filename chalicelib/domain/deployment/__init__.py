"""The deployment's own state: slots, settings, the floor, and how long records are kept."""
