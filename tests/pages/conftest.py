"""The dashboard in Streamlit's AppTest, on a workspace of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import store
from core.config import PROJECT_ROOT
from core.training import TrainingResult
from dashboard import resources
from dashboard.state import Source

Open = Callable[..., AppTest]


@pytest.fixture
def open_page(workspace: Path) -> Iterator[Open]:
    """Open a page of the whole app: `open_page("explore", folder, view="Cells")` with that folder as the data set."""

    def open_it(page: str, folder: Path | None = None, *, positive: tuple[str, ...] = (), view: str = "") -> AppTest:
        app = AppTest.from_file(str(PROJECT_ROOT / "dashboard" / "app.py"), default_timeout=120)
        if folder is not None:
            app.session_state["data_source"] = Source(folder, positive)
        if view:
            app.session_state["explore_view"] = view
        app.run()
        if page != "upload":
            app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception
        return app

    yield open_it
    resources.jobs().close()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def stored(trained: TrainingResult, workspace: Path) -> str:
    """Name of a small trained network in the model store."""
    store.save(trained.classifier, workspace.parent / "models", reports=trained.reports)
    return trained.classifier.card.name


def texts(app: AppTest, kind: str) -> str:
    """All texts of one kind of element on the page, one a line."""
    return "\n".join(str(element.value) for element in app.get(kind))
