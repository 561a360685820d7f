"""Credential helpers: the programs `docker-credential-*` that docker and podman keep credentials with.

The protocol (docker/docker-credential-helpers, `credentials/credentials.go`): one argument, `get`, `store`,
`erase` or `list`; the registry, or JSON, on standard input; JSON on standard output; on failure exit status
1 and the reason on standard output. Passwords travel on the standard streams only, never as arguments.
"""

import json
import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.errors import InvalidInput, SourceError
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.answers import RubbishError, is_not_found, login_of, reason_of, registries_of
from pullsecret.sources.process import Outcome, run_bounded
from pullsecret.sources.rawbytes import RawBytes

T = TypeVar("T")

PREFIX = "docker-credential-"
SECONDS = 10.0
ANSWER_LIMIT = 1 << 20
"""Bytes a helper may print; the largest known answers are tokens of a few thousand."""

TOKEN_USER = "<token>"  # noqa: S105 - a user name: what comes with it is an identity token
SUFFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class CredentialHelper:
    """One credential helper.

    Attributes:
        suffix: what a docker config names it by: ``pass`` for `docker-credential-pass`.
        environment: the environment it runs in; its `PATH` is where it is looked for.
        seconds: how long one call may take.
        place: who names it, for messages: ``/home/x/.docker/config.json: credsStore``.
    """

    suffix: str
    environment: Mapping[str, str] = field(repr=False)
    seconds: float = SECONDS
    place: str = ""

    def __post_init__(self) -> None:
        """Refuse what could be a path: a config must not choose any program but a helper."""
        if not SUFFIX.fullmatch(self.suffix):
            raise InvalidInput(
                f"{self.suffix!r} is no name of a credential helper",
                place=self.place,
                hint="a helper is named without its folder and without docker-credential-, such as pass",
            )

    @property
    def program(self) -> str:
        """The name of its program."""
        return PREFIX + self.suffix

    def get(self, registry: str) -> Credential | None:
        """Ask for a registry's credential; None when the helper has none.

        Raises:
            SourceError: the helper is missing, failed, took too long or gave no usable answer.
        """
        outcome = self._run("get", _bytes(registry), registry)
        if outcome.status and is_not_found(outcome.output):
            return None
        self._check(outcome, "get", registry)
        username, secret = self._understood(login_of, outcome, "get", registry)
        origin = Origin(f"helper {self.program}", registry)
        if username == TOKEN_USER:
            return Credential(identity_token=secret, origin=origin)
        found = Credential(username=username, password=secret, origin=origin)
        return None if found.anonymous else found

    def list(self) -> dict[str, str]:
        """Ask which registries it has credentials for, with the user name of each.

        Raises:
            SourceError: as for `get`; some helpers cannot list.
        """
        outcome = self._run("list", RawBytes(b"unused"), "")
        self._check(outcome, "list", "")
        return self._understood(registries_of, outcome, "list", "")

    def store(self, registry: str, credential: Credential) -> None:
        """Save a registry's credential: its password, or its identity token when it has one.

        Raises:
            SourceError: the helper is missing, failed or took too long.
        """
        token = credential.identity_token
        username, secret = (TOKEN_USER, token) if token else (credential.username, credential.password)
        question = RawBytes(
            json.dumps({"ServerURL": registry, "Username": username, "Secret": secret.reveal()}).encode()
        )
        outcome = self._run("store", question, registry)
        self._check(outcome, "store", registry, told=(secret,))

    def erase(self, registry: str) -> None:
        """Remove a registry's credential; having none is no error.

        Raises:
            SourceError: the helper is missing, failed or took too long.
        """
        outcome = self._run("erase", _bytes(registry), registry)
        if not is_not_found(outcome.output):
            self._check(outcome, "erase", registry)

    def _run(self, verb: str, question: RawBytes, registry: str) -> Outcome:
        path = self._path()
        try:
            return run_bounded(
                (str(path), verb), question,
                environment=self.environment, seconds=self.seconds, limit=ANSWER_LIMIT,
            )  # fmt: skip
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise self._error(f"cannot be run: {reason} ({path})", verb, registry) from None

    def _path(self) -> Path:
        """Find the program on `PATH`; relative folders in it do not count, as for Go's `exec.LookPath`."""
        unusable = None
        for folder in self.environment.get("PATH", os.defpath).split(os.pathsep):
            path = Path(folder, self.program)
            if path.is_absolute() and path.is_file():
                if os.access(path, os.X_OK):
                    return path
                unusable = unusable or path
        if unusable:
            raise SourceError(
                self._named(f"the credential helper {unusable} is not executable"),
                hint=f"run: chmod +x {shlex.quote(str(unusable))}",
            )
        raise SourceError(
            self._named(f"the credential helper {self.program} is not on PATH"),
            hint="install it, or type the password instead",
        )

    def _check(self, outcome: Outcome, verb: str, registry: str, told: tuple[Sensitive, ...] = ()) -> None:
        what = f"{verb} for {registry}" if registry else verb
        if outcome.exceeded == "time":
            raise self._error(f"did not answer {what} within {self.seconds:g} s", verb, registry)
        if outcome.exceeded == "size":
            raise self._error(f"printed more than {ANSWER_LIMIT >> 20} MiB for {what}", verb, registry)
        if outcome.status:
            why = reason_of(outcome.output, outcome.complaint, told)
            failed = f"failed to {what} (exit status {outcome.status})"
            raise self._error(f"{failed}: {why}" if why else failed, verb, registry)

    def _understood(self, parse: Callable[[RawBytes], T], outcome: Outcome, verb: str, registry: str) -> T:
        try:
            return parse(outcome.output)
        except RubbishError as error:
            wanted = str(error)
        what = f"{verb} for {registry}" if registry else verb
        raise self._error(f"answered {what} with something that is not {wanted}", verb, registry)

    def _error(self, what: str, verb: str, registry: str) -> SourceError:
        question = f"echo {shlex.quote(registry)} | " if registry else ""
        hint = f"see what it says to: {question}{self.program} {verb}" if verb in {"get", "list"} else ""
        return SourceError(self._named(f"the credential helper {self.program} {what}"), hint=hint)

    def _named(self, message: str) -> str:
        return f"{self.place}: {message}" if self.place else message


def _bytes(registry: str) -> RawBytes:
    return RawBytes(registry.encode(errors="surrogateescape"))
