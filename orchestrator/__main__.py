"""`python -m orchestrator`: the command line, for a process that has no `rpa` on its path."""

from orchestrator.cli import main

main()
