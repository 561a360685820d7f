"""Drives a flow of the registry protocol by hand, from a list of answers."""

import json
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pullsecret.core.errors import RegistryFailure
from pullsecret.core.exchange import Answer, Flow, Request, Response, Step, Token, TokenNeeded
from pullsecret.core.sensitive import Sensitive

T = TypeVar("T")


def reply(
    status: int = 200,
    body: Any = b"",
    *,
    content_type: str = "application/json",
    url: str = "",
    **headers: str,
) -> Response:
    """Make an answer; `body` is JSON unless it is bytes, headers are given with underscores."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    if content_type:
        named["content-type"] = (content_type,)
    return Response(status, named, data, url, redirected=bool(url))


def refusal(status: int, code: str, message: str = "", **headers: str) -> Response:
    """Make an answer with an error as the distribution-spec has it."""
    return reply(status, {"errors": [{"code": code, "message": message}]}, **headers)


def token(value: str = "tok", expires_in: float = 60) -> Token:
    return Token(Sensitive(value), expires_in)


@dataclass
class Driven(Generic[T]):
    """What a flow asked for, and its result."""

    steps: list[Step] = field(default_factory=list)
    result: T | None = None

    @property
    def requests(self) -> list[Request]:
        return [step for step in self.steps if isinstance(step, Request)]

    @property
    def tokens(self) -> list[TokenNeeded]:
        return [step for step in self.steps if isinstance(step, TokenNeeded)]

    @property
    def lines(self) -> list[str]:
        """Each step as ``GET https://… Basic …``, or ``token SCOPE``."""
        return [_line(step) for step in self.steps]


def _line(step: Step) -> str:
    if isinstance(step, TokenNeeded):
        return f"token {step.scope}".strip()
    return f"{step.method} {step.url} {step.authorization.reveal()}".strip()


def drive(flow: Flow[T], *answers: Answer, driven: "Driven[T] | None" = None) -> "Driven[T]":
    """Run a flow to its end; it must ask exactly as often as there are answers."""
    done = driven if driven is not None else Driven()
    pending = list(answers)
    try:
        step = next(flow)
        while True:
            done.steps.append(step)
            if not pending:
                raise AssertionError(f"one answer too few: the flow asks for {_line(step)}")
            step = flow.send(pending.pop(0))
    except StopIteration as end:
        done.result = end.value
    assert not pending, f"answers left over: {pending}"
    return done


def failing(flow: Flow[Any], *answers: Answer) -> Any:
    """Run a flow to its `RegistryFailure`, and give that."""
    try:
        drive(flow, *answers)
    except RegistryFailure as failure:
        return failure
    raise AssertionError("the flow did not fail")
