"""A target as its profile describes it: sign in, open, key, save, find, read.

Here lives what every web system with forms has in common. What only one of them has stands in
`mappings/<target>/screens.toml`. Never here: the name of a product, a browser library, a database.
"""
