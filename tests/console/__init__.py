"""The web console in a real browser, on the real platform."""
