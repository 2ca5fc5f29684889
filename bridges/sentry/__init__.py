"""Sentry: issues, errors, alerts and comments."""
