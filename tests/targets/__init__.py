"""Trials of the robot on systems that nobody here wrote. Run by `make targets`, never by `make test`."""
