"""What has to be run before there is anything to check: files that are no manifests, but make some."""

from pullsecret.core.commands import Command

_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
"""Names that kustomize looks for (kustomize, `api/konfig/general.go`)."""

_CHECK = Command(("pullsecret", "check", "-f", "-"))


def rendered_by(file: str) -> str:
    """Give the command line that checks what a file makes; empty where it is not known to make anything.

    Args:
        file: its path: of a kustomization, of a chart's `Chart.yaml`, or of a template of a chart.
    """
    folder, slash, name = file.rpartition("/")
    folder = folder or slash or "."
    if name in _KUSTOMIZATIONS:
        return _piped("kubectl", "kustomize", folder)
    if name == "Chart.yaml":
        return _piped("helm", "template", folder)
    chart, templates, _ = f"/{file}".partition("/templates/")
    return _piped("helm", "template", chart[1:] or ".") if templates else ""


def _piped(program: str, command: str, folder: str) -> str:
    return f"{Command((program, command, folder))} | {_CHECK}"
