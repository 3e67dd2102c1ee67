"""The trail: canonical bytes, hash chain, signed checkpoints, and their verification from the files alone.

Imports nothing of ours, so that a person who has nothing else of ours can read, trust and run it.
"""
