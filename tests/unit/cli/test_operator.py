"""The flags of `operator`: each is read, and its help tells the default that holds."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
import pytest

from pullsecret.cli.commands.operator import command
from pullsecret.cli.operatorwords import OPTIONS
from pullsecret.cli.parser import root
from pullsecret.operator.settings import OperatorSettings, settings_of


def parsed(*argv: str) -> Any:
    return root().main(["operator", *argv], prog_name="pullsecret", standalone_mode=False).operation


def settings(flags: Mapping[str, Any]) -> OperatorSettings:
    return settings_of(flags, {}, namespace=lambda: "here", host="h", unique="u")


class Watched(dict[str, Any]):
    """Flags that remember which of them were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def test_every_flag_is_read_and_no_other():
    flags = Watched()
    settings(flags)
    assert flags.asked == {*OPTIONS, "namespace"}


def test_without_a_flag_nothing_is_decided_so_that_variables_count():
    assert all(value in (None, ()) for value in parsed().flags.values())


@pytest.mark.parametrize(
    ("argv", "name", "value"),
    [
        pytest.param(["--workers", "4"], "workers", 4, id="number"),
        pytest.param(["--no-leader-election"], "leader_election", False, id="off"),
        pytest.param(["--no-webhook"], "webhook", None, id="no-webhook"),
        pytest.param(["--allow-realm", "a", "--allow-realm", "b"], "allow_realms", ("a", "b"), id="several"),
        pytest.param(["--allow-local-registries"], "allow_local_registries", True, id="on"),
        pytest.param(["--watch-namespaces", "a,b"], "watch_namespaces", ("a", "b"), id="commas"),
    ],
)
def test_flags_become_settings(argv, name, value):
    assert getattr(settings(parsed(*argv).flags), name) == value


def told() -> Iterator[tuple[str, str]]:
    for param in command.params:
        help_ = getattr(param, "help", "") or ""
        if isinstance(param, click.Option) and param.name in OPTIONS and "(default: " in help_:
            yield param.name, help_.rpartition("(default: ")[2].removesuffix(")")


@pytest.mark.parametrize(("name", "default"), list(told()))
def test_the_help_tells_the_default_that_holds(name, default):
    assert settings({name: default}) == settings({})
