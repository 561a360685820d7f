"""The catalogue of causes: what each means, how it is told apart, what mends it. Texts, and no logic.

`docs/causes.md` is made from it (`make causes`).
"""

from pullsecret.core.catalogue import images, logins, network, node, registries, secrets
from pullsecret.core.catalogue.model import FIELDS, CatalogueEntry, Fix, Link, Mend, filled
from pullsecret.core.causes import Cause

__all__ = ["ENTRIES", "CatalogueEntry", "Fix", "Link", "Mend", "entry", "fill"]

ENTRIES: dict[Cause, CatalogueEntry] = {
    found.cause: found
    for group in (secrets, logins, images, registries, network, node)
    for found in group.ENTRIES
}
"""All entries, by cause, in the order in which the documents show them."""


def entry(cause: Cause) -> CatalogueEntry:
    """Give what the catalogue tells of a cause; it has every one."""
    return ENTRIES[cause]


def fill(cause: Cause, **names: str) -> tuple[Fix, ...]:
    """Give what mends a cause, with the commands filled in.

    Args:
        cause: the cause.
        names: what is known of the case, of `model.FIELDS`; an empty name counts as unknown. Words of a
            command that depend on an unknown name are left out where they may be; else the field's name
            stands there in capitals, and `Fix.missing` tells so.

    Raises:
        TypeError: a name that no command knows.
    """
    if unknown := names.keys() - FIELDS:
        raise TypeError(f"no command has a field {', '.join(sorted(unknown))}")
    return tuple(filled(mend, names) for mend in ENTRIES[cause].mends)
