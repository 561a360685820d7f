"""Why Pods cannot pull: rules over a snapshot of what was seen. Pure; gathering is `app.snapshot`'s."""

from pullsecret.core.diagnosis.asking import is_loopback, wanted_probes
from pullsecret.core.diagnosis.changes import last_change
from pullsecret.core.diagnosis.diagnose import diagnose
from pullsecret.core.diagnosis.folding import Block, Finding, blocks, fold

__all__ = ["Block", "Finding", "blocks", "diagnose", "fold", "is_loopback", "last_change", "wanted_probes"]
