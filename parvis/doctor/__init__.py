"""`parvis check`: tries what an installation needs, and names each fault with its remedy."""
