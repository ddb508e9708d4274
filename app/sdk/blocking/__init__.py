"""SDK: the blocking half; made of the asynchronous one, which is the one to change."""
