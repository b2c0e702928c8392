import json
import os
from pathlib import Path

import pytest

from sigma_amsi.errors import ConfigurationError
from sigma_amsi.package.folder import write_package


def _files(*paths: str, listed: bool = True) -> dict[str, bytes]:
    files = {path: path.encode() for path in paths}
    return {**files, "manifest.json": json.dumps({"files": dict.fromkeys(paths, "")}).encode()} if listed else files


def _there(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_package_is_written_into_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    write_package(folder, _files("app/default/x.conf", "app.tar.gz"))
    assert _there(folder) == {"app/default/x.conf", "app.tar.gz", "manifest.json"}
    assert (folder / "app/default/x.conf").read_bytes() == b"app/default/x.conf"
    assert {path.name for path in folder.iterdir()} == {"app", "app.tar.gz", "manifest.json"}


def test_files_of_an_earlier_run_go_and_others_stay(tmp_path: Path) -> None:
    write_package(tmp_path, _files("old/deep/x.conf", "both.conf"))
    (tmp_path / "notes.txt").write_text("mine")
    write_package(tmp_path, _files("new/x.conf", "both.conf"))
    assert _there(tmp_path) == {"new/x.conf", "both.conf", "manifest.json", "notes.txt"}
    assert not (tmp_path / "old").exists()


def test_a_folder_that_holds_something_else_stays(tmp_path: Path) -> None:
    write_package(tmp_path, _files("old/x.conf"))
    (tmp_path / "old" / "notes.txt").write_text("mine")
    write_package(tmp_path, _files("x.conf"))
    assert _there(tmp_path) == {"old/notes.txt", "x.conf", "manifest.json"}


@pytest.mark.parametrize("name", ["x.conf", "manifest.json"])
def test_what_is_not_ours_is_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ConfigurationError) as raised:
        write_package(tmp_path, _files("x.conf", "y.conf"))
    assert (raised.value.problem.code, raised.value.problem.path) == ("foreign-file", tmp_path / name)
    assert _there(tmp_path) == {name}
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize("listed", ["../victim", "/tmp/victim", "a/../../victim", "", "..\\victim", "C:victim", 3])
def test_a_manifest_cannot_name_files_outside(tmp_path: Path, listed: object) -> None:
    (tmp_path / "victim").write_text("mine")
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"files": [listed]}))
    write_package(folder, _files("x.conf"))
    assert (tmp_path / "victim").exists()


def test_a_failure_leaves_the_earlier_package_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(tmp_path, _files("x.conf"))
    before = {path: (tmp_path / path).read_bytes() for path in _there(tmp_path)}

    def full(path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConfigurationError, match="No space left on device"):
        write_package(tmp_path, _files("x.conf", "y.conf"))
    assert {path: (tmp_path / path).read_bytes() for path in _there(tmp_path)} == before
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(os.name == "nt", reason="a folder's mode says nothing on Windows")
def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ConfigurationError) as raised:
        write_package(tmp_path / "file", _files("x.conf"))
    assert raised.value.problem.code == "output"
