"""The form of a comparison, and the comparisons that are under way or came to nothing."""

from typing import Any

import streamlit as st

from core import store
from core.comparison import CLASSICAL
from core.config import settings
from core.data.dataset import CellDataset
from core.errors import LeukoscopeError
from core.features import DEFAULT, FEATURES
from core.features.sets import EMBEDDING
from core.jobs import ENDED, Job
from core.operating_point import Choice, Rule
from core.protocol import PROTOCOLS, Plan, Protocol
from dashboard import resources
from dashboard.components.jobs import job_actions, job_list, job_log
from dashboard.components.live import duration
from dashboard.components.progress import cancel_button

_RULES: dict[Rule, str] = {
    "balanced": "Best balance of sensitivity and specificity",
    "sensitivity": "Sensitivity at least",
    "specificity": "Specificity at least",
}
_MEANING: dict[Protocol, str] = {
    "fixed": "Quick. The models learn from most subjects and are tested once on others.",
    "folds": "More certain. The subjects are dealt into groups, and each group is the test group once.",
    "random": "Shows how much better a model looks if cells of the same person stand on both sides.",
}


def comparison_form(dataset: CellDataset) -> None:
    """Ask which models on which features, how, and queue the comparison."""
    protocol = st.segmented_control(
        "How to test",
        list(PROTOCOLS),
        default="fixed",
        format_func=PROTOCOLS.__getitem__,
        required=True,
        key="compare_protocol",
        persist_state="session",
    )
    st.caption(_MEANING[protocol])
    stored = [model.name for model in store.models(settings().models)]
    with st.form("comparison"):
        models = st.multiselect(
            "Models",
            [*CLASSICAL, *stored],
            default=[*CLASSICAL, *stored],
            help="The majority class and the cell's area alone are always compared, too: a model that does not beat "
            "them has learned nothing.",
            key="compare_models",
        )
        features = st.multiselect(
            "What the classical models see",
            [*FEATURES, *(f"{EMBEDDING}{name}" for name in store.networks(settings().models))],
            default=[DEFAULT],
            format_func=_feature_title,
            help="Several are put together. Networks always see their own pixels.",
            key="compare_features",
        )
        asked = _advanced(protocol)
        submitted = st.form_submit_button("Compare", type="primary", icon=":material/play_arrow:")
    if not submitted:
        return
    if not models or not features:
        missing = "model" if not models else "thing that the classical models see"
        st.error(f"Expected at least one {missing}. Received: none.", icon=":material/error:")
        return
    try:
        plan = Plan(tuple(models), "+".join(features), protocol, **asked)
        resources.jobs().submit_comparison(dataset, plan)
    except (LeukoscopeError, ValueError) as error:  # the page goes on: what was compared before stays in sight
        st.error(str(error), icon=":material/error:")


def _feature_title(name: str) -> str:
    return FEATURES[name].title if name in FEATURES else f"Inner layer of {name.removeprefix(EMBEDDING)}"


def _advanced(protocol: Protocol) -> dict[str, Any]:
    """What a user need not touch."""
    with st.expander("Advanced", icon=":material/tune:"):
        left, right = st.columns(2)
        rule = left.selectbox(
            "A cell is called leukemic from which score on",
            list(_RULES),
            format_func=_RULES.__getitem__,
            help="Each model's own operating point, chosen on validation subjects and then used on the test subjects.",
            key="compare_rule",
            persist_state="session",
        )
        at_least = right.number_input(
            "At least (of no concern to the best balance)",
            0.5,
            1.0,
            0.95,
            step=0.01,
            key="compare_at_least",
            persist_state="session",
        )
        folds = left.slider(
            "Groups of subjects (of no concern to one split)",
            3,
            10,
            5,
            disabled=protocol == "fixed",
            key="compare_folds",
            persist_state="session",
        )
        seed = right.number_input(
            "Seed", 0, 10_000, 0, help="Another one deals the subjects differently.", key="compare_seed"
        )
        tuned = st.checkbox(
            "Tune the classical models",
            help="Tries a few settings of each, on training subjects only. Takes about ten times as long.",
            key="compare_tuned",
        )
    return {"choice": Choice(rule, at_least), "folds": folds, "seed": int(seed), "tuned": tuned}


def comparison_runs() -> None:
    """Comparisons and fittings under way, those that came to nothing or lack a part, and models that were stored."""
    found = resources.jobs().jobs("comparison", "fitting")
    shown = [job for job in found if not _whole(job)]
    if shown:
        st.header("Under way" if any(job.state not in ENDED for job in shown) else "Earlier runs", divider="gray")
        job_list(shown, "comparison", "fitting", details=_details)


def _whole(job: Job) -> bool:
    """Whether all there is to say of it stands among the results."""
    return job.kind == "comparison" and job.state == "done" and all(part.state == "done" for part in job.parts)


def _details(job: Job) -> None:
    if job.state not in ENDED:
        _progress(job)
        cancel_button(job)
    if job.problem:
        st.error(job.problem, icon=":material/error:")
    elif job.kind == "fitting":
        if job.state == "done":
            st.success(
                f"{job.title} is stored: choose it on Upload, or read its card on Models.", icon=":material/check:"
            )
    elif job.state == "cancelled":
        kept = "What was finished is below." if job.result.get("kept") else "Nothing was finished."
        st.info(f"The comparison was cancelled. {kept}", icon=":material/cancel:")
    with st.container(horizontal=True):
        job_log(job)
        if job.state in ENDED:
            job_actions(
                job,
                resume="Tests the models that are missing, on the same cells; the others stay.",
                remove="Takes this off the list. Results and stored models stay.",
            )


def _progress(job: Job) -> None:
    if job.kind == "fitting":
        st.progress(job.done / job.total if job.total else 0.0, text=job.text or "Waiting for a free worker")
        return
    done = sum(part.state in ENDED for part in job.parts)
    said = [f"{done} of {len(job.parts)} models and splits are tested"]
    said.append("waiting for a free worker" if job.started is None else f"{duration(job.elapsed)} so far")
    st.progress(done / max(1, len(job.parts)), text=" · ".join(said))
    running = [part.title for part in job.parts if part.state == "running"]
    if running:
        st.caption(f"Now: {'; '.join(running)}")
    elif job.total and job.started is not None and not done:
        st.caption(f"{job.text}: {job.done:,} of {job.total:,}")
