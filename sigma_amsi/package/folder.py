"""Writes a package into its folder: all of it or nothing, and without touching what is not its own."""

import json
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.package.format import Files
from sigma_amsi.package.manifest import MANIFEST


def write_package(folder: Path, files: Files) -> None:
    """Writes the files, and removes those of an earlier run that are not among them, as its manifest lists them. Raises ConfigurationError.

    Everything is written aside first and then renamed into place, the manifest last, so that a full disk leaves the earlier package whole.
    A file that no manifest lists is somebody else's: it stays, and where a file of ours should be it is an error.
    """
    try:
        earlier = _listed(folder)
        for path in files:
            if path not in earlier and (folder / path).exists():
                hint = "choose another folder, or move the file away"
                raise ConfigurationError(Problem("foreign-file", "this file is not of an earlier package", folder / path, hint=hint))
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder, files)
        for path in sorted(earlier - set(files), reverse=True):
            _remove(folder, path)
    except OSError as error:
        place = Path(error.filename) if isinstance(error.filename, str) else folder
        raise ConfigurationError(Problem("output", error.strerror or str(error), place)) from None


def _replace(folder: Path, files: Files) -> None:
    aside = Path(mkdtemp(prefix=".package-", dir=folder))
    try:
        for path, content in files.items():
            written = aside / path
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_bytes(content)
        for path in sorted(files, key=lambda path: (path == MANIFEST, path)):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(aside / path, folder / path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _listed(folder: Path) -> set[str]:
    """The files of the package that is in the folder; none where there is no manifest."""
    path = folder / MANIFEST
    if not path.exists():
        return set()
    try:
        listed = json.loads(path.read_bytes())["files"]
        return {MANIFEST, *(name for name in listed if isinstance(name, str) and _is_inside(name))}
    except (ValueError, KeyError, TypeError):
        hint = "choose another folder, or move the file away"
        raise ConfigurationError(Problem("foreign-file", "this file is not the manifest of a package", path, hint=hint)) from None


def _is_inside(name: str) -> bool:
    return not any(part in ("", ".", "..") for part in name.split("/")) and "\\" not in name and ":" not in name


def _remove(folder: Path, path: str) -> None:
    """Removes a file, and the folders that are empty then."""
    (folder / path).unlink(missing_ok=True)
    for above in (folder / path).parents:
        if above == folder or not above.is_dir() or any(above.iterdir()):
            return
        above.rmdir()
