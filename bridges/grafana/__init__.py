"""Grafana: groups of alerts."""
