"""The second door: work that happens later, outside a request."""
