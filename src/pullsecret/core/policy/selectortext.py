"""Label selectors as people type them: ``app=web,tier in (a, b),!canary``.

The grammar is that of apimachinery, `pkg/labels/selector.go`, but for `<` and `>`, which compare numbers and
which a `LabelSelector` cannot say.
"""

import re
from collections.abc import Iterator

from pullsecret.core.errors import UsageError
from pullsecret.core.policy.selecting import Requirement, Selector

_COMMA_OUTSIDE_PARENTHESES = re.compile(r",(?![^()]*\))")
_KEY = r"(?P<key>([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)"
_VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"
_FORMS = (
    (re.compile(rf"!\s*{_KEY}"), "DoesNotExist"),
    (re.compile(_KEY), "Exists"),
    (re.compile(rf"{_KEY}\s*!=\s*(?P<values>{_VALUE})"), "NotIn"),
    (re.compile(rf"{_KEY}\s*==?\s*(?P<values>{_VALUE})"), "In"),
    (re.compile(rf"{_KEY}\s+notin\s*\((?P<values>[^()]*)\)"), "NotIn"),
    (re.compile(rf"{_KEY}\s+in\s*\((?P<values>[^()]*)\)"), "In"),
)


def selector_of(text: str) -> Selector:
    """Read a label selector; all its parts must hold. Empty text chooses everything, as with kubectl.

    Raises:
        UsageError: it is none.
    """
    return Selector(expressions=tuple(_requirements(text)))


def _requirements(text: str) -> Iterator[Requirement]:
    if not text.strip():
        return
    for part in _COMMA_OUTSIDE_PARENTHESES.split(text):
        yield _requirement(part.strip())


def _requirement(part: str) -> Requirement:
    for form, operator in _FORMS:
        found = form.fullmatch(part)
        if found is None:
            continue
        values = [value.strip() for value in (found.groupdict().get("values") or "").split(",")]
        if all(re.fullmatch(_VALUE, value) for value in values):
            return Requirement(found["key"], operator, tuple(values) if "In" in operator else ())
    raise UsageError(
        f"{part!r} is no requirement of labels",
        hint="write KEY=VALUE, KEY!=VALUE, 'KEY in (A, B)', KEY or !KEY",
    )
