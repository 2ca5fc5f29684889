"""Requests to answers: one file per part of the site."""
