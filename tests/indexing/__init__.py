"""Tests of what fills the stores."""
