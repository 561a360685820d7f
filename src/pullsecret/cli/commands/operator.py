"""`operator`: keep every namespace as the policies say, until somebody stops it."""

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from pullsecret.cli.operatorwords import DEFAULT, OPTIONS
from pullsecret.cli.parser import Command
from pullsecret.cli.session import Session
from pullsecret.core.errors import UsageError

_DEFAULTS = {
    "lease_name": "pullsecret-operator", "lease_duration": "15s", "renew_deadline": "10s",
    "retry_period": "2s", "webhook_port": "9443", "webhook_service": "pullsecret-webhook",
    "webhook_configuration": "pullsecret", "webhook_secret": "pullsecret-webhook-ca", "http_port": "8080",
    "workers": "32", "log_format": "text", "log_level": "info",
}  # fmt: skip
_SWITCHES = ("leader_election", "webhook")


@dataclass(frozen=True, slots=True)
class Operate:
    """Run one replica of the operator."""

    flags: Mapping[str, Any]

    def run(self, session: Session) -> int:
        """Run until SIGTERM or Ctrl-C; both are no error."""
        try:
            from pullsecret.operator.run import run
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("pullsecret"):
                raise
            raise UsageError(
                f"the operator needs the Python package {error.name}",
                hint="pip install 'pullsecret[operator]'",
            ) from error
        from pullsecret.operator.logs import configure
        from pullsecret.operator.settings import settings_of

        verbose = {"log_level": "debug"} if session.options.verbose else {}
        settings = settings_of(
            {**self.flags, **verbose, "namespace": session.options.namespace},
            session.environment,
            namespace=lambda: session.cluster_config.namespace,
            host=socket.gethostname(),
            unique=secrets.token_hex(3),
        )
        config = session.cluster_config
        configure(settings.log_format, settings.log_level, session.stderr)
        session.run(run(settings, config, session.environment))
        return 0


def _flags() -> list[click.Parameter]:
    """Declare the options; all texts, since each may come from a variable too, and is read there."""
    made: list[click.Parameter] = []
    for name, text in OPTIONS.items():
        flag = "--" + name.replace("_", "-")
        default = DEFAULT.format(text=text, default=_DEFAULTS[name]) if name in _DEFAULTS else text
        if name in _SWITCHES:
            made.append(click.Option([f"{flag}/--no-{flag.removeprefix('--')}"], default=None, help=text))
        elif name == "allow_local_registries":
            made.append(click.Option([flag], is_flag=True, default=None, help=text))
        else:
            made.append(click.Option([flag], multiple=name == "allow_realm", help=default))
    return made


def _parse(**flags: Any) -> Operate:
    return Operate(flags)


command = Command("operator", _parse, _flags(), outputs=("table",))
