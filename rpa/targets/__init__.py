"""A target as its profile describes it: sign in, open, key, save, find, read.

What all web systems with forms have in common lives here. What only one of them has is in
`mappings/<target>/screens.toml`. Never here: the name of a product, a browser library, a database.
"""
