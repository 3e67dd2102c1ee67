"""The trail: canonical bytes, hash chain, signed checkpoints, and their verification from the files alone.

Imports nothing of ours, so that it can be read, trusted and run by somebody who has nothing else of ours.
"""
