"""`SanityCheck`: do a model's relevance maps depend on what it has learned?"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.classifier import Classifier
from core.explain import METHODS, Method, relevance_maps
from core.types import ByteArray, FloatArray, Progress, silent

LIMIT = 0.5  # rank correlation with the maps of the shuffled network from which they count as alike
CELLS = 8  # that are enough: the shuffling decides far more than the cell
DRAWS = 5  # shufflings; what is left of the maps by chance in a single one can look like much
_MOST_STAGES = 5
_TEXT = "Checking the maps"


@dataclass(frozen=True)
class Stage:
    """How alike maps are once a network's layers down to one have lost what they had learned.

    Attributes:
        layer: The lowest of these layers.
        rank_correlation: Spearman's rank correlation with the maps of the trained network, over the pixels that are not
            black; mean over cells and draws, in [-1, 1].
        similarity: Structural similarity with them, over the whole map; mean over cells and draws, in [-1, 1].
    """

    layer: str
    rank_correlation: float
    similarity: float


@dataclass(frozen=True)
class SanityCheck:
    """What became of a model's maps as its layers were shuffled from the last to the first.

    Attributes:
        method: How the maps were made.
        cells: Cells that they were made of.
        stages: From the last layer alone to all layers.
    """

    method: str
    cells: int
    stages: tuple[Stage, ...]

    @property
    def title(self) -> str:
        """What users call the method."""
        return next((title for name, title in METHODS.items() if name == self.method), self.method)

    @property
    def passed(self) -> bool:
        """Whether the maps of the network without anything learned are other ones."""
        return self.stages[-1].rank_correlation < LIMIT

    @property
    def sentence(self) -> str:
        """What it means for the maps, for a clinician."""
        alike = f"rank correlation {self.stages[-1].rank_correlation:.2f} on {self.cells} cells"
        if self.passed:
            return f"Passed: the maps change when the model's learned weights are shuffled ({alike})."
        return (
            f"Failed: the maps stay alike when the model's learned weights are shuffled ({alike}). They show how the "
            "image looks rather than where this model's score is sensitive; do not read them."
        )

    def to_dict(self) -> dict[str, Any]:
        """What a model card holds of it, JSON-able."""
        found = asdict(self)
        return {**found, "stages": list(found["stages"])}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "SanityCheck":
        """From what a card holds.

        Raises:
            ValueError: If there is no stage.
        """
        if not fields["stages"]:
            raise ValueError("Expected at least one stage. Received: none.")
        return cls(fields["method"], fields["cells"], tuple(Stage(**stage) for stage in fields["stages"]))


def recorded(fields: Mapping[str, Any]) -> SanityCheck | str:
    """The check that a card holds, or a sentence that says why there is none; "" where nobody made one.

    Args:
        fields: `ModelCard.sanity`.
    """
    if not fields:
        return ""
    if "problem" in fields:
        return f"The check could not be made. {fields['problem']}"
    try:
        return SanityCheck.from_dict(fields)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return f"The check in the card cannot be read. {error}"


def sanity_check(
    classifier: Classifier,
    images: ByteArray,
    *,
    method: Method = "grad-cam",
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = silent,
) -> SanityCheck:
    """Shuffle the weights of a network from its last layer to its first, and compare the maps with those before.

    Each weight keeps its layer, so that signals keep their size, but not its place. The class that is explained stays
    the one that the trained network calls.

    Args:
        classifier: A trained network.
        images: Prepared pixels of some cells, (cells, *card.preprocessing.shape), 0 to 255; about `CELLS`.
        method: How to map.
        draws: How many times to shuffle; at least 1. The stages hold means over them.
        seed: Of the shuffling.
        progress: Called with each shuffling; may raise `Cancelled`.

    Raises:
        ValueError: If there is no cell or no draw.

    Source:
        Adebayo et al. 2018, Sanity checks for saliency maps, https://arxiv.org/abs/1810.03292, cascading randomization,
        with shuffled weights in place of drawn ones.
    """
    if not len(images) or draws < 1:
        raise ValueError(f"Expected at least one cell and one draw. Received: {len(images)} and {draws}.")
    positive = classifier.scores(images) >= classifier.card.threshold
    before = relevance_maps(classifier, images, positive, method=method)
    rng = np.random.default_rng(seed)
    runs = []
    for draw in range(draws):
        progress(draw, draws, _TEXT)
        runs.append(
            [
                _stage(layer, images, before, relevance_maps(shuffled, images, positive, method=method))
                for layer, shuffled in _cascade(classifier, rng)
            ]
        )
    progress(draws, draws, _TEXT)
    stages = (
        Stage(
            alike[0].layer,
            float(np.mean([stage.rank_correlation for stage in alike])),
            float(np.mean([stage.similarity for stage in alike])),
        )
        for alike in zip(*runs, strict=True)
    )
    return SanityCheck(method, len(images), tuple(stages))


def _cascade(classifier: Classifier, rng: np.random.Generator) -> Iterator[tuple[str, Classifier]]:
    """The network with ever more layers shuffled, and the name of the lowest of them; at most five stages."""
    import keras

    network = keras.models.clone_model(classifier.network)
    network.set_weights(classifier.network.get_weights())
    shuffled = replace(classifier, network=network)
    learned = [layer for layer in network.layers[::-1] if layer.weights]
    stops = set(np.linspace(0, len(learned) - 1, min(_MOST_STAGES, len(learned))).round().astype(int).tolist())
    for number, layer in enumerate(learned):
        layer.set_weights([rng.permutation(weights.ravel()).reshape(weights.shape) for weights in layer.get_weights()])
        if number in stops:
            yield layer.name, shuffled


def _stage(layer: str, images: ByteArray, before: FloatArray, after: FloatArray) -> Stage:
    ranks = [_rank_correlation(ours, others, image) for ours, others, image in zip(before, after, images, strict=True)]
    similarities = [_similarity(ours, others) for ours, others in zip(before, after, strict=True)]
    return Stage(layer, float(np.mean(ranks)), float(np.mean(similarities)))


def _rank_correlation(before: FloatArray, after: FloatArray, image: ByteArray) -> float:
    """Spearman's over what is not black; 0 where a map is even, since it tells nothing then."""
    from scipy.stats import spearmanr

    there = image.any(axis=2)
    ours, others = before[there], after[there]
    if not ours.size or np.ptp(ours) == 0 or np.ptp(others) == 0:
        return 0.0
    return float(spearmanr(ours, others).statistic)


def _similarity(before: FloatArray, after: FloatArray) -> float:
    from skimage.metrics import structural_similarity

    return float(structural_similarity(before, after, data_range=1.0))
