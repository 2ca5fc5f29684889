"""GitHub: issues, pull requests, pushes, releases and workflow runs."""
