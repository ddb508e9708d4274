"""The second door, worker: takes due jobs, holds their leases and does them, several at a time."""
