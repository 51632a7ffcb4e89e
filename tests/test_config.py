"""Settings from the environment."""

import os
from pathlib import Path

import pytest

from core.config import PROJECT_ROOT, Settings, prepare_environment, settings

VARIABLES = ("LEUKOSCOPE_HOME", "LEUKOSCOPE_MODELS", "LEUKOSCOPE_DASK", "LEUKOSCOPE_DATABASE_URL")


@pytest.mark.parametrize("value", [None, ""], ids=["unset", "empty"])
def test_without_variables_everything_lies_in_the_project_and_the_cluster_is_local(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    found = settings()
    assert found.home == PROJECT_ROOT / "workspace"
    assert found.models == PROJECT_ROOT / "models"
    assert (found.dask, found.database_url) == (None, None)
    assert found.database == f"sqlite:///{PROJECT_ROOT}/workspace/leukoscope.sqlite"


def test_the_variables_decide_at_the_moment_of_the_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEUKOSCOPE_HOME", str(tmp_path / "here"))
    monkeypatch.setenv("LEUKOSCOPE_MODELS", str(tmp_path / "there"))
    monkeypatch.setenv("LEUKOSCOPE_DASK", "tcp://cluster:8786")
    monkeypatch.setenv("LEUKOSCOPE_DATABASE_URL", "postgresql://cluster/leukoscope")
    found = settings()
    assert found.database == "postgresql://cluster/leukoscope"
    assert (found.home, found.models, found.dask) == (tmp_path / "here", tmp_path / "there", "tcp://cluster:8786")
    assert (found.data, found.cache) == (tmp_path / "here" / "data", tmp_path / "here" / "cache")
    assert found.checkpoints == tmp_path / "here" / "checkpoints"
    monkeypatch.setenv("LEUKOSCOPE_HOME", str(tmp_path / "elsewhere"))
    assert settings().home == tmp_path / "elsewhere"


def test_folders_may_start_at_the_users_home_or_be_relative(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LEUKOSCOPE_HOME", "~/cells")
    monkeypatch.setenv("LEUKOSCOPE_MODELS", "models/mine")
    monkeypatch.chdir(tmp_path)
    assert settings().home == tmp_path / "cells"
    assert settings().models == tmp_path / "models" / "mine"


def test_reading_the_settings_writes_nothing(workspace: Path) -> None:
    settings()
    assert list(workspace.parent.iterdir()) == []


def test_the_environment_points_keras_at_the_workspace(monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    for name in ("KERAS_HOME", "TF_CPP_MIN_LOG_LEVEL"):
        monkeypatch.setenv(name, "unset below")  # so that what is set here is undone afterwards
        monkeypatch.delenv(name)
    prepare_environment()
    assert os.environ["KERAS_HOME"] == str(workspace / "cache" / "keras")
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "2"


def test_settings_that_came_with_a_task_go_before_those_of_the_process(
    monkeypatch: pytest.MonkeyPatch, workspace: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("KERAS_HOME", "unset below")
    monkeypatch.delenv("KERAS_HOME")
    prepare_environment(Settings(tmp_path / "servers", tmp_path / "models", None))
    assert os.environ["KERAS_HOME"] == str(tmp_path / "servers" / "cache" / "keras")


def test_what_the_user_has_set_is_kept(monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    monkeypatch.setenv("KERAS_HOME", "/mine")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    prepare_environment()
    assert (os.environ["KERAS_HOME"], os.environ["TF_CPP_MIN_LOG_LEVEL"]) == ("/mine", "0")
