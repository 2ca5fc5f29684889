"""GitLab: issues, merge requests, comments, code, pipelines, deployments and plans."""
