"""`pipeline`: from the numbers of a feature set to a model, every step fitted on the training cells alone."""

from collections.abc import Mapping
from typing import Any

from core.features.blocks import BLOCKS


def pipeline(widths: Mapping[str, int], estimator: Any, *, cells: int, seed: int) -> Any:  # noqa: ANN401
    """A scikit-learn Pipeline from the values of a `FeatureTable` to a model.

    Block by block: medians for what is missing, standard scale, and principal components where the block has them. Then
    standard scale again, so that a component counts as much as a number, and the model.

    Args:
        widths: Number of columns of each block, in the order in which they stand in the values.
        estimator: Any scikit-learn classifier, not fitted.
        cells: Fewest cells that it will be fitted on: there are fewer components than these.
        seed: Of the search for the components.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps = []
    start = 0
    for name, width in widths.items():
        steps.append((name, _block(name, width, cells=cells, seed=seed), slice(start, start + width)))
        start += width
    return Pipeline([("blocks", ColumnTransformer(steps)), ("scale", StandardScaler()), ("model", estimator)])


def _block(name: str, width: int, *, cells: int, seed: int) -> Any:  # noqa: ANN401  # scikit-learn carries no types
    from sklearn.decomposition import PCA
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps: list[tuple[str, Any]] = [
        ("missing", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("scale", StandardScaler()),
    ]
    wanted = BLOCKS[name].components if name in BLOCKS else 0
    if wanted:
        # of n centred cells the n-th component is rounding noise, which the scale after it would blow up
        count = max(1, min(wanted, width, cells - 1))
        steps.append(("components", PCA(count, svd_solver="randomized", random_state=seed)))
    return Pipeline(steps)
