"""What the deployment stands on: clock, configuration, events, queues, secrets, AWS clients."""
