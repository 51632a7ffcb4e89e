import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.card import RESEARCH_NOTICE
from core.config import PROJECT_ROOT
from dashboard.state import Source
from tests.pages.conftest import Open, texts

PAGES = sorted((PROJECT_ROOT / "dashboard" / "app_pages").glob("[a-z]*.py"))
PICTURES = {"image", "plotly_chart", "dataframe", "chart"}


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_every_page_says_that_it_is_for_research_only(
    open_page: Open, stored: str, drawn_folder: Path, page: Path
) -> None:
    app = open_page(page.stem, drawn_folder)
    assert RESEARCH_NOTICE in texts(app, "caption")
    assert len(app.title) == 1


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_every_page_runs_alone(open_page: Open, stored: str, drawn_folder: Path, page: Path) -> None:
    app = AppTest.from_file(str(page), default_timeout=120)
    app.session_state["data_source"] = Source(drawn_folder)
    app.run()
    assert not app.exception
    assert len(app.title) == 1


@pytest.mark.parametrize(
    "file", sorted((PROJECT_ROOT / "dashboard").rglob("*.py")), ids=lambda file: str(file.relative_to(PROJECT_ROOT))
)
def test_every_picture_table_and_chart_has_a_text_for_who_cannot_see_it(file: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    shown = [call for call in calls if ast.unparse(call.func).split(".")[-1] in PICTURES]
    assert [ast.unparse(call) for call in shown if "alt" not in {keyword.arg for keyword in call.keywords}] == []


def test_the_first_page_is_shown_without_importing_tensorflow(tmp_path: Path) -> None:
    script = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        "app = AppTest.from_file('dashboard/app.py', default_timeout=60).run();"
        "assert not app.exception;"
        "print(sorted({'tensorflow', 'keras', 'xgboost', 'distributed'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert found.stdout.strip() == "[]"


def test_the_server_listens_on_this_machine_only_and_reports_nothing() -> None:
    config = tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False
