"""What is done to the project itself, by its tasks."""
