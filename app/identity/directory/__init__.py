"""Ground floor, directory: ScaiKey's groups and who is in them, as they were last read completely."""
