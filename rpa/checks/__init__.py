"""What `rpa check` validates: profiles, mappings and their sources, each fault with file, line, place and remedy.

What never lives here: loading, which refuses what cannot be read at all (`rpa.forms`, `rpa.planning.mapping`).
"""

from rpa.checks.mappings import check, remarks

__all__ = ["check", "remarks"]
