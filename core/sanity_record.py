"""`sanity_record`: what a model card holds of the check of its maps, the outcome or why there is none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.assessment import KNOWN_PROBLEMS
from core.classifier import Classifier
from core.data import pixels
from core.errors import Cancelled
from core.sanity import sanity_check
from core.types import Progress, silent


def sanity_record(model: Classifier, files: Sequence[Path], *, progress: Progress = silent) -> dict[str, Any]:
    """Check the maps of a network; a check that fails to run must not cost the training that came before.

    Args:
        model: A trained network.
        files: Some cells that it was not trained on.
        progress: Called as layers are shuffled; may raise `Cancelled`.

    Returns:
        What `core.sanity.recorded` reads, JSON-able.
    """
    import tensorflow as tf

    try:
        images = pixels.read(files, model.card.preprocessing)
        return sanity_check(model, images, progress=progress).to_dict()
    except Cancelled:
        raise
    except (*KNOWN_PROBLEMS, LookupError, tf.errors.OpError) as error:
        return {"problem": str(error) or type(error).__name__}
