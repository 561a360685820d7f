"""What a rule is: whose words it knows, and what they mean."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from pullsecret.core.causes import Cause
from pullsecret.core.explain.message import Message

Confidence = Literal["certain", "likely", "possible"]

CERTAIN: Final = "certain"
"""Nothing else prints these words."""
LIKELY: Final = "likely"
"""That is what the words say; now and then something else is behind them."""
POSSIBLE: Final = "possible"
"""The likeliest of several."""

Test = Callable[[Message], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. The first one that holds decides.

    Attributes:
        source: the program or registry that prints the words.
        cause: what they mean.
        confidence: how sure that is.
        words: how a link of the message's chain begins, by any of these (regular expressions); none where a
            test decides.
        alternatives: what else it may be.
        when: what must hold besides.
        note: the name of a sentence of its own (see `words.NOTES`).
    """

    source: str
    cause: Cause
    confidence: Confidence
    words: tuple[str, ...] = ()
    alternatives: tuple[Cause, ...] = ()
    when: Test | None = None
    note: str = ""

    def holds(self, message: Message) -> bool:
        """Tell whether it holds for a message; the test goes first, since it costs less."""
        return (self.when is None or self.when(message)) and (not self.words or message.says(self.pattern))

    @property
    def pattern(self) -> str:
        """All the words as one regular expression."""
        return "|".join(self.words)


def registry(*names: str) -> Test:
    """Hold for messages about these registries (see `hosts`)."""
    return lambda message: message.registry in names


def status(*codes: int) -> Test:
    """Hold for messages that tell one of these HTTP statuses."""
    return lambda message: message.status in codes


def code(*codes: str) -> Test:
    """Hold for messages that tell one of the registry's own error codes."""
    return lambda message: message.code in codes


def every(*tests: Test) -> Test:
    """Hold where all of these hold."""
    return lambda message: all(test(message) for test in tests)
