from core.versions import LIBRARIES, library_versions


def test_the_versions_are_those_of_python_and_of_each_library() -> None:
    versions = library_versions()
    assert set(versions) == {"python", *LIBRARIES}
    assert all(version[0].isdigit() for version in versions.values())
