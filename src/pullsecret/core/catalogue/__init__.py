"""The catalogue of causes: what each means, how it is told apart, what mends it. Texts, and no logic.

`docs/causes.md` is made from it (`make causes`).
"""

from pullsecret.core.catalogue import images, logins, network, node, registries, secrets, variants
from pullsecret.core.catalogue.model import FIELDS, CatalogueEntry, Fix, Link, Mend, filled
from pullsecret.core.causes import Cause

__all__ = ["ENTRIES", "CatalogueEntry", "Fix", "Link", "Mend", "entry", "fill"]

ENTRIES: dict[Cause, CatalogueEntry] = {
    found.cause: found
    for group in (secrets, logins, images, registries, network, node)
    for found in group.ENTRIES
}
"""All entries, by cause, in the order in which the documents show them."""


def entry(cause: Cause, variant: str = "") -> CatalogueEntry:
    """Give what the catalogue tells of a cause; it has every one.

    Args:
        cause: the cause.
        variant: which of its kinds it is (see `variants`), where that is known. A name that the catalogue
            has nothing of its own to tell about is no other than none.
    """
    return variants.ENTRIES.get(variant, ENTRIES[cause])


def fill(cause: Cause, variant: str = "", **names: str) -> tuple[Fix, ...]:
    """Give what mends a cause, with the commands filled in.

    Args:
        cause: the cause.
        variant: which of its kinds it is, as for `entry`.
        names: what is known of the case, of `model.FIELDS`; an empty name counts as unknown. Words of a
            command that depend on an unknown name are left out where they may be; else the field's name
            stands there in capitals, and `Fix.missing` tells so.

    Raises:
        TypeError: a name that no command knows.
    """
    if unknown := names.keys() - FIELDS:
        raise TypeError(f"no command has a field {', '.join(sorted(unknown))}")
    return tuple(filled(mend, names) for mend in entry(cause, variant).mends)
