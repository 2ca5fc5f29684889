"""Slack-compatible."""
