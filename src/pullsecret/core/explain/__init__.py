"""What a failed pull's message means, from its text alone: no I/O, no cluster, no registry.

A message is read once (`message`), into a chain of errors without names (`skeleton`) and the facts in it;
rules then ask for these (`rules`). Credentials are struck out before anything else (`core.redaction`).
"""

from pullsecret.core.explain.explanation import Explanation, explain
from pullsecret.core.explain.report import Explained, explain_objects, explain_text

__all__ = ["Explained", "Explanation", "explain", "explain_objects", "explain_text"]
