from core.config import PROJECT_ROOT
from core.versions import LIBRARIES, library_versions, program_version


def test_the_versions_are_those_of_python_and_of_each_library() -> None:
    versions = library_versions()
    assert set(versions) == {"python", *LIBRARIES}
    assert all(version[0].isdigit() for version in versions.values())


def test_the_programs_version_is_that_of_the_project() -> None:
    assert f'version = "{program_version()}"' in (PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8")
