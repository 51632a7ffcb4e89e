"""Keep a classical model of a comparison, so that it can be used on Upload like a network."""

import streamlit as st

from core.comparison import Comparison
from core.data.dataset import CellDataset
from core.errors import LeukoscopeError
from core.estimators import ESTIMATORS
from dashboard import resources
from dashboard.components.comparison_choices import tested


def keep_model(comparison: Comparison, dataset: CellDataset, *, key: str) -> None:
    """Ask which model to fit for good and under which name, and queue that.

    Args:
        comparison: What was compared.
        dataset: The cells; other ones than those compared fit another model, so then it says where to go.
        key: Unique on the page.
    """
    models = [model for model in tested(comparison) if model in ESTIMATORS and ESTIMATORS[model].kind == "classical"]
    if not models:
        return
    st.subheader("Use a classical model on Upload")
    if comparison.data_fingerprint != dataset.fingerprint():
        st.caption("Open the data set of this comparison on Explore first: the model is fitted on its cells.")
        return
    with st.form(f"keep_{key}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        model = st.selectbox("Model", models, key=f"keep_model_{key}")
        name = st.text_input("Store it as", placeholder="ridge-shape", key=f"keep_name_{key}")
        wanted = st.form_submit_button("Fit and store", icon=":material/save:")
    st.caption(
        "Fits it on the training subjects of one split by subject, sets it on the validation subjects, and tests it on "
        "the others. Then it is on Upload and on Models, with its own card."
    )
    if not wanted:
        return
    try:
        resources.jobs().submit_fitting(dataset, comparison.plan, model, name=name)
    except (LeukoscopeError, ValueError) as error:
        st.error(str(error), icon=":material/error:")
    else:
        st.rerun()
