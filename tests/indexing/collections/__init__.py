"""Collections, as their owners, readers and strangers see them."""
