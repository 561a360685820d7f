"""What is wrong with a config or a Secret, as values: one fault each, with its place."""

from dataclasses import dataclass

from pullsecret.core.causes import Cause


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Neither message nor place ever holds a password or an `auth` value.

    Attributes:
        cause: which of the causes it leads to.
        place: a JSON path as jq writes it (``.auths["harbor.example.com"].auth``), or
            ``line 3, column 7``.
        message: what is wrong, one sentence without a full stop.
        hint: what to do about it; may be empty.
        harmless: allowed, and told only because it may surprise.
        fatal: the kubelet refuses the whole keyring because of it, good Secrets beside it too.
    """

    cause: Cause
    place: str
    message: str
    hint: str = ""
    harmless: bool = False
    fatal: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message
