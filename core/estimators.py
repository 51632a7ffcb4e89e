"""`ESTIMATORS`: the scikit-learn classifiers that comparisons know; one entry adds another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["classical", "baseline"]


@dataclass(frozen=True)
class Estimator:
    """A classifier that a comparison can fit.

    Attributes:
        title: Name shown to users.
        make: From a seed to a new scikit-learn classifier, not fitted.
        kind: "classical", or "baseline" for what every other model has to beat.
        features: Key of the feature set that it always sees; "" for the one that the comparison asks for.
        threshold: Its operating point where there is nothing to choose; None where the validation subjects choose it.
        grid: Values to try where hyperparameters are tuned, by parameter; {} where there is nothing to tune.
    """

    title: str
    make: Callable[[int], Any]
    kind: Kind = "classical"
    features: str = ""
    threshold: float | None = None
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def _svc(seed: int) -> Any:  # noqa: ANN401  # scikit-learn carries no types
    from sklearn.svm import SVC

    return SVC(class_weight="balanced", cache_size=500, random_state=seed)


def _xgboost(seed: int) -> Any:  # noqa: ANN401
    from xgboost import XGBClassifier

    # one thread: with two, each step waits for a core that another part of the comparison may hold
    return XGBClassifier(n_jobs=1, random_state=seed)


def _discriminant(seed: int) -> Any:  # noqa: ANN401, ARG001
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis()


def _ridge_cv(seed: int) -> Any:  # noqa: ANN401, ARG001
    from sklearn.linear_model import RidgeClassifierCV

    return RidgeClassifierCV(class_weight="balanced")


def _ridge(seed: int) -> Any:  # noqa: ANN401
    from sklearn.linear_model import RidgeClassifier

    return RidgeClassifier(class_weight="balanced", random_state=seed)


def _majority(seed: int) -> Any:  # noqa: ANN401, ARG001
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def _logistic(seed: int) -> Any:  # noqa: ANN401
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(class_weight="balanced", random_state=seed)


MAJORITY, AREA_ONLY = "majority", "area only"

# The five of the published table, with scikit-learn's and XGBoost's own settings, so that they stay comparable with it.
# Where a model can weigh its classes it does: most cells are leukemic, and a missed healthy cell counts as much.
# Discriminant analysis and XGBoost do without: a class weight would move the one's scores by a constant, which the
# operating point takes back, and the other has only a factor that depends on the data.
ESTIMATORS: dict[str, Estimator] = {
    "SVC": Estimator("SVC", _svc, grid={"C": (0.1, 1.0, 10.0), "gamma": ("scale", 0.001)}),
    "XGBClassifier": Estimator("XGBClassifier", _xgboost, grid={"max_depth": (3, 6), "learning_rate": (0.1, 0.3)}),
    "LinearDiscriminantAnalysis": Estimator(
        "LinearDiscriminantAnalysis", _discriminant, grid={"solver": ("lsqr",), "shrinkage": (None, "auto", 0.5)}
    ),
    "RidgeClassifierCV": Estimator("RidgeClassifierCV", _ridge_cv),
    "RidgeClassifier": Estimator("RidgeClassifier", _ridge, grid={"alpha": (0.1, 1.0, 10.0, 100.0)}),
    MAJORITY: Estimator("Majority class", _majority, "baseline", features="area", threshold=0.5),
    AREA_ONLY: Estimator("Area only", _logistic, "baseline", features="area"),
}
BASELINES: tuple[str, ...] = (MAJORITY, AREA_ONLY)
CLASSICAL: tuple[str, ...] = tuple(name for name, each in ESTIMATORS.items() if each.kind == "classical")
