"""Reading a submission: in this process, or in one that a hostile submission can do no harm to.

`reader` is what everybody uses; `host` forks the processes and `process` is what runs in one; `wire` is how they
speak. Never here: what bytes mean (`rpa.reading`), or what becomes of the report (`actions`).
"""

from orchestrator.reading.reader import Forms, IsolatedReader, Limits, Reader, isolated

__all__ = ["Forms", "IsolatedReader", "Limits", "Reader", "isolated"]
