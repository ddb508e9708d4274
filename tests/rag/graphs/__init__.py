"""What callers see of graphs."""
