"""What people ask for: schedules, settings, runs, tokens. Each is decided and recorded here."""
