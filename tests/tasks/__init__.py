"""The second door: that work which was asked for is done."""
