"""What has to be run before there is anything to check: files that are no manifests, but make some."""

from pathlib import PurePosixPath

from pullsecret.core.commands import Command

_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
"""Names that kustomize looks for (kustomize, `api/konfig/general.go`)."""

_CHECK = Command(("pullsecret", "check", "-f", "-"))


def rendered_by(file: str) -> str:
    """Give the command line that checks what a file makes; empty where it is not known to make anything.

    Args:
        file: its path: of a kustomization, of a chart's `Chart.yaml`, or of a template of a chart.
    """
    path = PurePosixPath(file)
    if path.name in _KUSTOMIZATIONS:
        return _piped("kubectl", "kustomize", path.parent)
    if path.name == "Chart.yaml":
        return _piped("helm", "template", path.parent)
    charts = [folder.parent for folder in path.parents if folder.name == "templates"]
    return _piped("helm", "template", charts[-1]) if charts else ""


def _piped(program: str, command: str, folder: PurePosixPath) -> str:
    return f"{Command((program, command, str(folder)))} | {_CHECK}"
