"""Roof, HTTP: the JSON shapes, named as the routes that use them."""
