"""Every broken file in `broken/` ends in the error, at the line, that its comment `# error: code` names."""

import re
from pathlib import Path

import pytest

from sigma_amsi.codes import CODES
from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.pipeline.files import read_file
from sigma_amsi.pipeline.nodes import read_nodes
from sigma_amsi.pipeline.read import load_pipeline

HERE = Path(__file__).parent
HARBOUR = HERE / "files" / "harbour.yml"
BROKEN = sorted((HERE / "broken").glob("*.yml"))
EXPECTED = re.compile(r"# error: (\S+)$")

IN_BOTH_FILES = {"pipeline_extends_itself", "pipeline_extends_another"}
"""Each is where the other is found to be in a circle: tested by name below."""


def problem_of(path: Path, tmp_path: Path) -> Problem:
    """What is wrong with a pipeline, schema or site file."""
    pipeline, site = path, None
    if path.name.startswith("site"):
        pipeline, site = HARBOUR, path
    elif path.name.startswith("schema"):
        pipeline = tmp_path / "around.yml"
        pipeline.write_text(f"pipeline: around\ntitle: Around a schema\nschema: {path}\nlog_sources: {{}}\n")
    with pytest.raises(ConfigurationError) as caught:
        load_pipeline(str(pipeline), site=site)
    return caught.value.problem


@pytest.mark.parametrize("path", [path for path in BROKEN if path.stem not in IN_BOTH_FILES], ids=lambda path: path.stem)
def test_the_error_is_where_the_file_says(path: Path, tmp_path: Path) -> None:
    lines = path.read_text().splitlines()
    [(line, code)] = [(number, found[1]) for number, text in enumerate(lines, 1) if (found := EXPECTED.search(text))]
    problem = problem_of(path, tmp_path)
    assert (problem.code, problem.path and problem.path.resolve(), problem.line) == (code, path.resolve(), line), problem
    assert CODES[problem.code].kind == "configuration"


def test_a_circle_of_pipelines(tmp_path: Path) -> None:
    problem = problem_of(HERE / "broken" / "pipeline_extends_itself.yml", tmp_path)
    assert (problem.code, problem.line) == ("extends-cycle", 3)
    assert "pipeline_extends_another.yml -> " in problem.message


@pytest.mark.parametrize(
    ("name", "assume", "code", "hint"),
    [
        ("spunk_windows", [], "unknown-pipeline", "did you mean splunk_windows"),
        ("nowhere/pipeline.yml", [], "configuration-file", ""),
        (str(HARBOUR), ["quays-are-number"], "unknown-fact", "did you mean quays-are-numbers?"),
    ],
)
def test_options_that_name_nothing(name: str, assume: list[str], code: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_pipeline(name, assume=assume)
    assert caught.value.problem.code == code
    assert caught.value.problem.hint.startswith(hint)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# nothing but a comment\n",
        b"\xff\xfe\x00\xd8",
        b"a: \x00",
        b"? [a]\n: b",
        b"a: b\n...\nc: d\n",
        b"[" * 30_000,
        b"{a: " * 30_000,
        b"- " * 30_000 + b"x",
    ],
)
def test_what_is_no_configuration(content: bytes) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_nodes(content, Path("x.yml"))
    assert caught.value.problem.code == "configuration-yaml"


def test_a_folder_is_no_file() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_file(HERE)
    assert caught.value.problem.code == "configuration-file"


def test_every_code_of_the_package_has_its_broken_file() -> None:
    shown = {found[1] for path in BROKEN for line in path.read_text().splitlines() if (found := EXPECTED.search(line))}
    source = "".join(module.read_text() for module in Path(load_pipeline.__code__.co_filename).parent.glob("*.py"))
    raised = {name for name, code in CODES.items() if code.kind == "configuration" and f'"{name}"' in source}
    assert raised | {"unknown-pipeline", "unknown-schema"} == shown | {"extends-cycle"}
