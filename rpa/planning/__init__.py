"""Planning: a report -> a plan, which decides every value before a browser is used.

What lives here: mappings, the wording of values, the narrative and the account of every answer. What never does: a
browser, or a decision that is made while a page is keyed.
"""

from rpa.planning.planner import plan
from rpa.planning.updates import UpdatePlan, rows_there, update_of

__all__ = ["UpdatePlan", "plan", "rows_there", "update_of"]
