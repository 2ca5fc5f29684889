"""Events become posts, posts become pages."""
