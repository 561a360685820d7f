"""What was recorded of Pods on a real cluster (tests/data/pods/README.md)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "data" / "pods"
CASES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


@cache
def recorded(case: str) -> dict[str, Any]:
    """Give one recorded case."""
    found: dict[str, Any] = json.loads((FOLDER / f"{case}.json").read_text())
    return found


def told(case: str) -> tuple[str, str, str]:
    """Give the image, the waiting reason and the words of the container that could not start."""
    status = recorded(case)["pod"]["status"]
    for one in status.get("initContainerStatuses", []) + status["containerStatuses"]:
        waiting = one["state"].get("waiting", {})
        if "message" in waiting:
            return one["image"], waiting["reason"], waiting["message"]
    raise AssertionError(f"nothing was told in {case}")
