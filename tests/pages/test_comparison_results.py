"""What is shown of a comparison, view by view."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import store
from core.assessment import Assessment, assess
from core.calibrator import Calibrator
from core.compare import combine
from core.comparison import Comparison
from core.config import settings
from core.data.dataset import CellDataset
from core.operating_point import Choice
from core.protocol import Plan, assignments
from core.training import TrainingResult
from dashboard import state
from dashboard.components import comparison_calls
from tests.pages.conftest import texts
from tests.test_assessment import numbers

MODELS = ("RidgeClassifier", "LinearDiscriminantAnalysis")


@pytest.fixture(scope="module")
def assessments(drawn: CellDataset) -> dict[str, list[Assessment]]:
    """What made-up numbers of the drawn cells come to, by protocol."""
    table = numbers(drawn)
    fixed, folds = (
        [assess(drawn, each, table=table) for each in assignments(drawn, plan(protocol))]
        for protocol in ("fixed", "folds")
    )
    return {"fixed": fixed, "folds": folds, "random": [*folds, *(replace(each, random=True) for each in folds)]}


def plan(protocol: str) -> Plan:
    return Plan(MODELS, protocol=protocol, folds=3)  # type: ignore[arg-type]  # a protocol


@pytest.fixture(scope="module")
def compared(drawn: CellDataset, assessments: Mapping[str, list[Assessment]]) -> dict[str, Comparison]:
    return {protocol: combine(drawn, plan(protocol), found) for protocol, found in assessments.items()}


@pytest.fixture(scope="module")
def with_network(drawn: CellDataset, assessments: Mapping[str, list[Assessment]]) -> Comparison:
    """A comparison with a stored network "tiny", whose scores are those of the first model, squeezed."""
    like = assessments["fixed"][0]
    calibrator = Calibrator("temperature", 0.5)

    def squeezed(cells: Any) -> Any:
        score = 1 / (1 + np.exp(-cells["score"]))
        return cells.assign(score=score, probability=calibrator.probability(score.to_numpy()))

    tiny = replace(
        like,
        model="tiny",
        kind="network",
        logits=False,
        threshold=0.5,
        threshold_source="rule of its own",
        calibrator=calibrator,
        validation=squeezed(like.validation),
        test=squeezed(like.test),
        fit_seconds=None,
    )
    failed = Assessment("gone", "network", problem="It was trained on these subjects.")
    return combine(
        drawn, replace(plan("fixed"), models=(*MODELS, "tiny", "gone")), [*assessments["fixed"], tiny, failed]
    )


def page(comparison: "Comparison", dataset: "CellDataset | None") -> None:  # AppTest runs its text alone
    from dashboard.components.comparison_results import comparison_results

    comparison_results(comparison, dataset, key="test")


def shown(comparison: Comparison, dataset: CellDataset | None = None, *, view: str = "Table") -> AppTest:
    app = AppTest.from_function(page, kwargs={"comparison": comparison, "dataset": dataset}, default_timeout=60).run()
    return app if view == "Table" else chosen(app, "result_view_test", view)


def chosen(app: AppTest, key: str, value: str) -> AppTest:
    app.button_group(key=key).set_value(value).run()
    assert not app.exception
    return app


def pictures(app: AppTest) -> int:
    return len(app.image)


def test_first_it_is_said_which_model_is_best_and_what_may_be_claimed(compared: Mapping[str, Comparison]) -> None:
    app = shown(compared["fixed"])
    assert not app.exception
    said = app.info[0].value
    assert "tells ALL from HEM best: shown one cell" in said or "No model does better than the size" in said
    assert "(sensitivity)" in said
    assert "Measured on drawn cells" in texts(app, "warning")
    assert "Fitted on" in texts(app, "caption")


def test_the_table_holds_figures_with_intervals_and_failed_models_with_their_reason(
    with_network: Comparison,
) -> None:
    app = shown(with_network)
    table = app.dataframe[0].value.set_index("model")
    assert set(table.index) == {*MODELS, "tiny", "gone", "majority", "area only"}
    low, high = with_network.row("tiny").intervals["sensitivity"] or (0, 0)
    sensitivity = with_network.row("tiny").figures["sensitivity"]
    expected = f"{sensitivity:.2f} ({low:.2f}\N{EN DASH}{high:.2f})" if high else f"{sensitivity:.2f}"
    assert table["sensitivity"]["tiny"] == expected
    assert table["problem"]["gone"] == "It was trained on these subjects."
    assert "**gone** has no figures: It was trained on these subjects." in texts(app, "caption")
    assert len(app.get("plotly_chart")) == 1


def test_another_prevalence_moves_ppv_and_npv_at_once(compared: Mapping[str, Comparison]) -> None:
    app = shown(compared["folds"])
    before = app.dataframe[0].value.set_index("model")
    app.number_input(key="result_prevalence_test").set_value(1.0).run()
    after = app.dataframe[0].value.set_index("model")
    assert (before["ppv"] != after["ppv"]).any()
    assert before.drop(columns=["ppv", "npv"]).equals(after.drop(columns=["ppv", "npv"]))
    assert "PPV and NPV hold where 1.0% of the cells are ALL." in texts(app, "caption")


def test_over_folds_the_table_can_show_mean_and_standard_deviation(compared: Mapping[str, Comparison]) -> None:
    app = chosen(shown(compared["folds"]), "result_spread_test", "Mean ± SD over folds")
    row = compared["folds"].row("RidgeClassifier")
    table = app.dataframe[0].value.set_index("model")
    assert table["roc_auc"]["RidgeClassifier"] == f"{row.mean['roc_auc']:.2f} ± {row.sd['roc_auc']:.2f}"


def test_the_chart_shows_the_figure_that_is_chosen(compared: Mapping[str, Comparison]) -> None:
    app = shown(compared["fixed"])
    (chart,) = app.get("plotly_chart")
    assert "ROC AUC with 95 % interval" in chart.proto.spec
    app.selectbox(key="result_figure_test").set_value("specificity").run()
    (chart,) = app.get("plotly_chart")
    assert "Specificity with 95 % interval" in chart.proto.spec


def test_a_chosen_model_and_prevalence_hold_in_every_view(compared: Mapping[str, Comparison]) -> None:
    app = shown(compared["fixed"])
    app.number_input(key="result_prevalence_test").set_value(5.0).run()
    chosen(app, "result_view_test", "Subjects")
    app.selectbox(key="result_model_test").set_value("area only").run()
    chosen(app, "result_view_test", "Operating point")
    assert app.selectbox(key="result_model_test").value == "area only"
    assert app.number_input(key="result_prevalence_test").value == 5.0
    assert "PPV and NPV hold where 5.0% of the cells are ALL." in texts(app, "caption")


def test_one_split_has_no_spread_over_folds(compared: Mapping[str, Comparison]) -> None:
    assert [group.key for group in shown(compared["fixed"]).button_group] == ["result_view_test"]


def test_pairs_stand_with_tests_and_what_may_be_claimed(compared: Mapping[str, Comparison]) -> None:
    comparison = compared["folds"]
    app = shown(comparison, view="Pairs")
    app.selectbox(key="result_pairs_test").set_value("All models").run()
    table = app.dataframe[0].value
    assert len(table) == len(comparison.pairs) == 3
    assert set(table["claim"]) <= {
        "no difference can be claimed",
        *(f"{row.model} is better" for row in comparison.rows),
    }
    assert texts(app, "markdown").count("the size of the cell alone") >= 2
    app.selectbox(key="result_pairs_test").set_value("area only").run()
    assert len(app.dataframe[0].value) == 2


def test_what_random_splits_add_is_a_sentence_a_model(compared: Mapping[str, Comparison]) -> None:
    said = texts(shown(compared["random"], view="Pairs"), "markdown")
    assert said.count("- On random splits the ROC AUC of") == len(compared["random"].inflations) == 3
    assert "random splits" not in texts(shown(compared["folds"], view="Pairs"), "markdown")


@pytest.mark.parametrize(
    ("curve", "said"),
    [
        ("ROC", "at each share of false alarms"),
        ("Precision and recall", "what calling every cell ALL would come to"),
        ("Calibration", "eight of ten should be ALL"),
        ("Decision curve", "Net benefit is the share of cells that are rightly called ALL"),
        ("Coverage", "the surest part of the cells"),
    ],
)
def test_each_curve_is_drawn_and_explained(compared: Mapping[str, Comparison], curve: str, said: str) -> None:
    app = chosen(shown(compared["folds"], view="Curves"), "result_curve_test", curve)
    assert said in texts(app, "caption")
    assert len(app.get("plotly_chart")) == 1
    app.multiselect(key="result_models_test").set_value([]).run()
    assert app.info[1].value == "Choose a model to see its curve."


def test_a_band_is_resampled_once(compared: Mapping[str, Comparison], monkeypatch: pytest.MonkeyPatch) -> None:
    from core import curves

    calls = []
    monkeypatch.setattr(curves, "band", lambda *_, band=curves.band: calls.append(1) or band(*_))
    app = shown(compared["fixed"], view="Curves")
    drawn_once = len(calls)
    chosen(app, "result_curve_test", "Calibration")
    chosen(app, "result_curve_test", "ROC")
    assert len(calls) == drawn_once
    st.cache_data.clear()


def test_a_field_of_the_confusion_matrix_shows_its_cells(
    compared: Mapping[str, Comparison], drawn: CellDataset
) -> None:
    comparison = compared["fixed"]
    app = shown(comparison, drawn, view="Calls")
    model = app.selectbox(key="result_model_test").value
    field = app.radio(key=f"field_test_{model}")
    for name, (truth, call) in comparison_calls.field_names(comparison.classes).items():
        field.set_value(name).run()
        assert not app.exception
        cells = comparison.confused(model, positive=bool(truth), called=bool(call))
        assert pictures(app) == min(24, len(cells))
        said = f"{name}: {len(cells)} cells, the surest call first" if len(cells) else f"No cell: {name}."
        assert said in texts(app, "caption")


def test_a_click_chooses_a_field_until_another_is_chosen_by_name(
    compared: Mapping[str, Comparison], drawn: CellDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicked = ["HEM called HEM"]
    monkeypatch.setattr(comparison_calls, "selectable_chart", lambda *_, **__: list(clicked))
    app = shown(compared["fixed"], drawn, view="Calls")
    field = f"field_test_{app.selectbox(key='result_model_test').value}"
    assert app.radio(key=field).value == "HEM called HEM"
    app.radio(key=field).set_value("ALL called ALL").run()
    assert app.radio(key=field).value == "ALL called ALL"
    clicked[:] = ["HEM called ALL"]
    app.run()
    assert app.radio(key=field).value == "HEM called ALL"
    app.radio(key=field).set_value("ALL called ALL").run()
    clicked.clear()  # a click on the selected field
    app.run()
    assert app.radio(key=field).value == "HEM called ALL"


@pytest.mark.parametrize("other", [False, True])
def test_without_the_cells_at_hand_they_are_listed_and_it_is_said(
    compared: Mapping[str, Comparison], drawn: CellDataset, other: bool
) -> None:
    app = shown(compared["fixed"], replace(drawn, origin="elsewhere") if other else None, view="Calls")
    assert pictures(app) == 0
    assert "so there are no pictures" in texts(app, "caption")
    assert list(app.dataframe[0].value.columns) == ["path", "label", "subject", "said"]


def test_labels_that_have_changed_since_are_said(compared: Mapping[str, Comparison], drawn: CellDataset) -> None:
    kept = replace(drawn, table=drawn.table.iloc[:-1])
    app = shown(compared["folds"], kept, view="Disagreements")
    assert "The data set has changed since; classes are those of the comparison." in texts(app, "caption")


def test_subjects_are_listed_worst_first(compared: Mapping[str, Comparison]) -> None:
    app = shown(compared["folds"], view="Subjects")
    table = app.dataframe[0].value
    assert len(table) == 12
    assert table["accuracy"].is_monotonic_increasing


def test_cells_on_which_models_differ_stand_with_what_each_says(
    compared: Mapping[str, Comparison], drawn: CellDataset
) -> None:
    comparison = compared["folds"]
    app = shown(comparison, drawn, view="Disagreements")
    cells = comparison.disagreements(MODELS)
    assert pictures(app) == min(24, len(cells))
    assert f"They differ on {len(cells)} of 72 cells" in texts(app, "caption")
    first = cells.iloc[0]
    called = comparison.row("RidgeClassifier").report
    assert called is not None
    right = dict(zip(called.cells["path"], called.called == called.truth, strict=True))[first["path"]]
    said = f"{'✓' if right else '✗'} {first['RidgeClassifier']:.0%} Ridge\u200bClassifier"
    assert said in texts(app, "caption")
    app.multiselect(key="result_differ_test").set_value(["RidgeClassifier"]).run()
    assert app.info[1].value == "Choose at least two models."


def test_time_is_drawn_and_models_trained_elsewhere_are_named(with_network: Comparison) -> None:
    app = shown(with_network, view="Time")
    assert len(app.get("plotly_chart")) == 1
    assert "without a time to fit: tiny." in texts(app, "caption")


def metric(app: AppTest, name: str) -> str:
    return str(next(each.value for each in app.metric if each.label == name))


def test_the_operating_point_starts_as_compared(with_network: Comparison) -> None:
    app = shown(with_network, view="Operating point")
    app.selectbox(key="result_model_test").set_value("tiny").run()
    assert metric(app, "Sensitivity") == f"{with_network.row('tiny').figures['sensitivity']:.2f}"
    assert "Operating point: the rule of its own." in texts(app, "caption")
    assert list(app.dataframe[0].value.columns) == ["figure", "Validation", "Test"]


def test_moving_the_slider_moves_every_figure(with_network: Comparison) -> None:
    app = chosen(shown(with_network, view="Operating point"), "result_rule_test", "By hand")
    (slider,) = app.slider
    slider.set_value(1).run()
    assert (metric(app, "Sensitivity"), metric(app, "Specificity")) == ("1.00", "0.00")
    assert "is called ALL from a probability of 1% on." in texts(app, "caption")
    assert "until the test figures look good" in texts(app, "caption")
    (slider,) = app.slider
    slider.set_value(99).run()
    assert metric(app, "Specificity") == "1.00"


def test_a_wanted_sensitivity_is_chosen_on_validation_and_shown_on_both_sides(
    compared: Mapping[str, Comparison],
) -> None:
    app = chosen(shown(compared["folds"], view="Operating point"), "result_rule_test", "Sensitivity at least")
    table = app.dataframe[0].value.set_index("figure")
    assert float(table["Validation"]["Sensitivity"][:4]) >= 0.95
    assert "highest threshold with a sensitivity of at least 95% on the validation subjects" in texts(app, "caption")
    chosen(app, "result_rule_test", "Best balance")
    assert "highest balanced accuracy on the validation subjects" in texts(app, "caption")


def test_nothing_is_chosen_on_subjects_that_the_model_was_trained_on(with_network: Comparison) -> None:
    trained = tuple(
        replace(each, validation=None) if each.model == "tiny" else each for each in with_network.assessments
    )
    app = shown(replace(with_network, assessments=trained), view="Operating point")
    app.selectbox(key="result_model_test").set_value("tiny").run()
    assert list(app.dataframe[0].value.columns) == ["figure", "Test"]
    chosen(app, "result_rule_test", "Specificity at least")
    assert app.info[1].value.startswith("tiny was trained on the validation subjects")


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_only_a_stored_network_on_one_split_can_be_taken_to_upload(
    with_network: Comparison, compared: Mapping[str, Comparison]
) -> None:
    app = shown(with_network, view="Operating point")
    app.selectbox(key="result_model_test").set_value("RidgeClassifier").run()
    assert "Use on Upload" not in labels(app)
    app.selectbox(key="result_model_test").set_value("tiny").run()
    assert "Use on Upload" in labels(app)
    assert "Use on Upload" not in labels(shown(compared["folds"], view="Operating point"))


def test_an_operating_point_is_stored_and_upload_opened_with_it(
    with_network: Comparison, trained: TrainingResult, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(trained.classifier, settings().models, reports=trained.reports)
    opened: list[str] = []
    monkeypatch.setattr(st, "switch_page", opened.append)
    app = chosen(shown(with_network, view="Operating point"), "result_rule_test", "By hand")
    app.selectbox(key="result_model_test").set_value("tiny").run()
    (slider,) = app.slider
    slider.set_value(80).run()
    next(button for button in app.button if button.label == "Use on Upload").click().run()
    assert not app.exception
    card = store.card(settings().models, "tiny")
    assert card.threshold == pytest.approx(16 / 17)  # odds of 4 at half the temperature's slope are 16
    assert card.threshold_source == Choice("by hand").source
    assert opened == ["app_pages/upload.py"]
    assert app.session_state[state.UPLOAD_MODEL] == "tiny"


def test_a_model_that_is_gone_from_the_store_is_an_error_in_one_sentence(
    with_network: Comparison, workspace: Path
) -> None:
    app = shown(with_network, view="Operating point")
    app.selectbox(key="result_model_test").set_value("tiny").run()
    next(button for button in app.button if button.label == "Use on Upload").click().run()
    assert not app.exception
    assert len(app.error) == 1


def test_a_comparison_in_which_every_model_failed_is_a_table_of_reasons(drawn: CellDataset) -> None:
    failed = [each.failed("It failed.") for each in assignments(drawn, plan("fixed"))]
    app = shown(combine(drawn, plan("fixed"), failed))
    assert not app.exception
    assert app.info[0].value == "No model could be tested; the table says why."
    assert not app.get("plotly_chart")
    assert texts(app, "caption").count("has no figures: It failed.") == 4
