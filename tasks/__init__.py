"""The second door: work that was asked for earlier is done here."""
