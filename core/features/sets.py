"""`FeatureSet`: what classical models are trained on, one block of numbers or several together."""

from dataclasses import dataclass

from core.features.blocks import BLOCKS, Block

DEFAULT = "morphology"
_AND = "+"
EMBEDDING = "embedding:"  # followed by the name of a stored network


@dataclass(frozen=True)
class FeatureSet:
    """One way to describe a cell by numbers.

    Attributes:
        name: What it is asked for by.
        title: Name shown to users.
        blocks: Its blocks.
        network: Name of a stored network whose embedding of the cell comes after these, or "".
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    network: str = ""


def _named(name: str, title: str, *blocks: str) -> FeatureSet:
    return FeatureSet(name, title, tuple(BLOCKS[block] for block in blocks))


FEATURES: dict[str, FeatureSet] = {
    found.name: found
    for found in (
        _named("morphology", "Shape and texture", "morphology", "texture"),
        _named("cell", "Shape, texture and colours", "morphology", "texture", "colours"),
        _named("all", "Shape, texture, colours and pixels", "morphology", "texture", "colours", "pixels"),
        _named("colours", "Colour histograms", "colours"),
        _named("pixels", "Colour pixels, 32 x 32", "pixels"),
        _named("grayscale", "Grayscale pixels, 64 x 64", "grayscale"),
        _named("area", "Cell area alone", "area"),
    )
}


def feature_set(name: str) -> FeatureSet:
    """A named set, the embedding of a stored network, or several of these together.

    Args:
        name: A key of `FEATURES` or `BLOCKS`, "embedding:" with the name of a stored network, or several joined by "+".

    Raises:
        ValueError: If a part is unknown, or more than one network is named.
    """
    if name in FEATURES:
        return FEATURES[name]
    blocks: dict[str, Block] = {}
    titles: list[str] = []
    networks: list[str] = []
    for part in (part.strip() for part in name.split(_AND)):
        if part.startswith(EMBEDDING) and len(part) > len(EMBEDDING):
            networks.append(part.removeprefix(EMBEDDING))
            continue
        if part not in FEATURES and part not in BLOCKS:
            raise ValueError(
                f"Expected features out of {', '.join(FEATURES)}, {EMBEDDING}NAME of a stored network, or several "
                f"joined by {_AND}. Received: {name}."
            )
        found = FEATURES.get(part)
        blocks.update({block.name: block for block in (found.blocks if found else (BLOCKS[part],))})
        titles.append(found.title if found else BLOCKS[part].title)
    if len(networks) > 1:
        raise ValueError(f"Expected the embedding of one network. Received: {' and '.join(networks)}.")
    titles.extend(f"Embedding of {network}" for network in networks)
    return FeatureSet(name, "; ".join(titles), tuple(blocks.values()), networks[0] if networks else "")
