"""What mends an image that would not pull: commands to copy, and what to write in the manifest."""

from pullsecret.core.check.cases import Case, secret_name
from pullsecret.core.commands import Command
from pullsecret.core.credentials import Credential
from pullsecret.core.diagnosis.model import Fix
from pullsecret.core.images import ImageReference
from pullsecret.core.pullsecrets import Secret

USER = "USER"
"""Stands for the user name, which nothing tells."""


def make(case: Case, reference: ImageReference, name: str) -> tuple[Fix, ...]:
    """Make a Secret; one that nobody names yet has to be attached too."""
    made = name or _name_for(reference.registry)
    words = f"make Secret {made} with a login for {reference.registry}"
    argv = [made, "--registry", reference.registry, "--username", USER]
    if name or case.subject.workload.own_list:
        fixes = (Fix(words, _ours(case, "create", *argv)),)
        return fixes if name else (*fixes, _name_in_manifest(case, made))
    account = case.subject.workload.service_account
    words += f" and attach it to ServiceAccount {account}"
    return (Fix(words, _ours(case, "create", *argv, "--attach", account)),)


def name_it(case: Case, name: str) -> Fix:
    """Name a Secret that is there, where this Pod's are named."""
    if case.subject.workload.own_list:
        return _name_in_manifest(case, name)
    account = case.subject.workload.service_account
    words = f"attach Secret {name}, which has a login for it, to ServiceAccount {account}"
    return Fix(words, _ours(case, "attach", name, "--serviceaccount", account))


def _name_in_manifest(case: Case, name: str) -> Fix:
    place = case.subject.workload.place("spec", "imagePullSecrets")
    return Fix(f"name Secret {name} in {place}")


def add(case: Case, reference: ImageReference, name: str) -> Fix:
    """Add a login to a Secret that is named already."""
    words = f"add a login for {reference.registry} to Secret {name}"
    return _changed(case, words, "add", name, "--registry", reference.registry, "--username", USER)


def replace_type(case: Case, secret: Secret) -> tuple[Fix, ...]:
    """Make a Secret of the right type: a type cannot be changed."""
    words = (
        f"make Secret {secret.name} anew, of type kubernetes.io/dockerconfigjson: a type cannot be changed"
    )
    return (Fix(words), _show(case, secret.name))


def mend_content(case: Case, name: str) -> tuple[Fix, ...]:
    """Write a Secret's content anew, once its faults have been seen."""
    words = f"write Secret {name} anew; all its entries are replaced"
    return _show(case, name), _changed(case, words, "create", name, "--replace", "--from-docker-config")


def renew(case: Case, reference: ImageReference, credential: Credential) -> Fix:
    """Put another password into the entry that is there."""
    name = secret_name(credential.origin)
    user = credential.username or USER
    argv = ("--registry", reference.registry, "--username", user)
    return _changed(case, f"put a password that works into Secret {name}", "rotate", name, *argv)


def ask(case: Case) -> Fix:
    """Ask the registry, from somewhere that reaches it."""
    words = "ask the registry from where the nodes are"
    return Fix(words, Command(("pullsecret", "verify", case.container.image)))


def _show(case: Case, name: str) -> Fix:
    words, place = f"see what is wrong in Secret {name}", case.brought.get(name)
    if place is None:
        return Fix(words, _ours(case, "show", name))
    command = Command(("pullsecret", "show", "--file", place.file))
    return Fix(f"{words}, at {place}", None if place.file == "-" else command)


def _changed(case: Case, words: str, command: str, name: str, *argv: str) -> Fix:
    """Change a Secret: with a command in the cluster; in the manifests only their owner can."""
    place = case.brought.get(name)
    if place is not None:
        return Fix(f"{words}, at {place}")
    return Fix(words, _ours(case, command, name, *argv))


def _name_for(registry: str) -> str:
    """Name a new Secret after its registry, as Kubernetes allows it."""
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in registry.lower())
    return name.strip("-")[:63].rstrip("-") or "registry"


def _ours(case: Case, command: str, name: str, *words: str) -> Command:
    return Command(("pullsecret", command, name, "-n", case.subject.namespace, *words))
