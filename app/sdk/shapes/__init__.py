"""SDK: what the API answers, as frozen values."""
