"""When things happen: cadences, cron in a time zone, instants."""
