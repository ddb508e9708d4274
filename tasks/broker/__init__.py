"""The second door, broker: the queues that wake workers."""
