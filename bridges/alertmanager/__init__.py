"""Alertmanager: groups of alerts."""
