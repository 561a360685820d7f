"""`logout HOST`: remove a saved login."""

from dataclasses import dataclass

import click

from pullsecret.cli.inputs import check_host, docker_config
from pullsecret.cli.parser import Command, option
from pullsecret.cli.session import Session
from pullsecret.cli.words import SAY


@dataclass(frozen=True, slots=True)
class Logout:
    """Remove what `login` or `docker login` saved for a registry."""

    host: str | None = None
    docker_config: str | None = None

    def run(self, session: Session) -> int:
        """Remove it and tell; having none is no fault, as with docker."""
        from pullsecret.core.dockerconfig import registry_host, registry_key
        from pullsecret.sources.store import erase

        host = self.host or "docker.io"
        check_host(host)
        path = docker_config(session, self.docker_config)
        places = list(dict.fromkeys(saved.where for saved in erase(path, host, session.environment).saved))
        name = registry_host(registry_key(host))
        if not (session.out.for_people or session.out.form == "name"):
            session.out.report("LogoutReport", {"registry": name, "removedFrom": places})
        elif places:
            session.out.line(SAY["removed"].format(host=name, where=", ".join(places)))
        else:
            session.out.line(SAY["not-logged-in"].format(host=name, where=path))
        return 0


command = Command(
    "logout", Logout, [click.Argument(["host"], required=False), option("--docker-config", metavar="PATH")]
)
