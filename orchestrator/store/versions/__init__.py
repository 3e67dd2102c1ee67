"""Migrations, one module a step, in the order of their numbers. A released step never changes."""
