"""Our Helm chart, rendered by Helm's own engine."""

from pathlib import Path
from typing import Any

import helm_python
import yaml

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "pullsecret"
REPOSITORY = "registry.example.com/tools/pullsecret"


def render(
    values: dict[str, Any] | None = None, *, name: str = "pullsecret", namespace: str = "system"
) -> list[dict[str, Any]]:
    """Give the objects of a release; hooks too."""
    given = {**(values or {}), "image": {"repository": REPOSITORY, **(values or {}).get("image", {})}}
    with helm_python.Chart.load(CHART) as chart:
        made = chart.render(given, name=name, namespace=namespace)
    texts = (text for path, text in made.items() if path.endswith(".yaml"))
    return [obj for text in texts for obj in yaml.safe_load_all(text) if obj]


def is_hook(obj: dict[str, Any]) -> bool:
    return "helm.sh/hook" in (obj["metadata"].get("annotations") or {})


def of_kind(objs: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [obj for obj in objs if obj["kind"] in kinds]
