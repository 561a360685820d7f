"""The command line as a person uses it, in this process: argv in, exit code and both streams out."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pullsecret.cli import running


@dataclass(frozen=True)
class Said:
    """What one run said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def error(self) -> str:
        """The one line of an error; warnings may stand before it, and nothing else."""
        *warnings, error = self.err.splitlines()
        assert all(line.startswith("warning: ") for line in warnings), self.err
        assert error.startswith("error: "), self.err
        return error

    def ok(self) -> "Said":
        assert self.code == 0, self.all
        return self


class Stream(io.TextIOWrapper):
    """A text stream over bytes in memory, as the real ones are, whose text can be looked at."""

    def __init__(self, text: str | bytes = "") -> None:
        data = text if isinstance(text, bytes) else text.encode(errors="surrogateescape")
        super().__init__(io.BytesIO(data), encoding="utf-8", errors="surrogateescape", newline="")

    @property
    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8", "surrogateescape")


@dataclass
class CommandLine:
    """Runs commands in one environment, and keeps all that they said."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        defaults = {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(self.home / "run"),
        }
        self.environment = defaults | self.environment

    def __call__(
        self,
        *argv: str,
        stdin: str | bytes = "",
        environment: Mapping[str, str] | None = None,
        name: str = "pullsecret",
    ) -> Said:
        out, err = Stream(), Stream()
        surroundings = self.environment | (environment or {})
        code = running.run([name, *argv], surroundings, Stream(stdin), out, err)
        said = Said(code, out.text, err.text)
        self.said.append(said)
        return said
