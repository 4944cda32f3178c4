"""The moves that every flow shares: putting runs in the queue, claiming slots, ending attempts."""
