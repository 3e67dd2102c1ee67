"""`python -m orchestrator`: the command line, for a process that has no `rpa` on its path."""

from orchestrator.cli.main import main

main()
