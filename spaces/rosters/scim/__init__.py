"""People whom an identity provider pushes by SCIM 2.0 (RFC 7643, RFC 7644)."""
