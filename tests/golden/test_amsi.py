"""The rule that the project is named after, on every target and pipeline: what its query finds, and what it leaves alone."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sigma_amsi.errors import Refused
from sigma_amsi.predicate.evaluate import Scalar, evaluate
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.registry import backend_names, find_backend
from sigma_amsi.rule import load_rule
from sigma_amsi.targets import Query, Target, target

RULE = load_rule(Path(__file__).parent / "amsi" / "rule.yml")
TARGETS = [(name, pipeline) for name in backend_names() for pipeline in find_backend(name).pipelines]
GUIDS = ("{2781761E-28E0-4109-99FE-B9D127C57AFE}", "{A7C452EF-8E9F-42EB-9F2B-245613CA0DC9}")
DEFENDER = (
    "C:\\Program Files\\Windows Defender\\MsMpEng.exe",  # the folder's last backslash is the file's first
    "C:\\Program Files (x86)\\Windows Defender\\MsMpEng.exe",
    "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.24090.11-0\\MsMpEng.exe",
)
OTHERS = (
    "C:\\Windows\\System32\\reg.exe",
    "C:\\Program Files\\Windows Defender\\MpCmdRun.exe",
    "C:\\Users\\Public\\MsMpEng.exe",
    "D:\\C:\\Program Files\\Windows Defender\\MsMpEng.exe",
)

Row = Mapping[str, Scalar]


def convert(language: str, pipeline: str) -> tuple[Target, Query]:
    assume = ["keyword-fields-are-folded"] if language == "kibana" else []
    chosen = target(language, pipeline=pipeline, assume=assume)
    return chosen, chosen.convert(RULE)


def read(language: str, pipeline: str) -> Predicate:
    """What the query says, as its language's parser reads it."""
    chosen, query = convert(language, pipeline)
    table = "DeviceRegistryEvents" if pipeline == "microsoft_xdr" else "WindowsEvent" if language == "kusto" else ""
    return chosen.backend.parse(query.text, chosen.pipeline.schema, chosen.pipeline.schema.tables[table]).predicate


def row(pipeline: str, operation: str, key: str, image: str) -> Row:
    """A row of the SIEM in which `image` did something to a key: DeleteKey, CreateKey or, to a value under it, DeleteValue."""
    channel = "Microsoft-Windows-Sysmon/Operational"
    event: dict[str, Scalar]
    match pipeline:
        case "microsoft_xdr":
            action = {"DeleteKey": "RegistryKeyDeleted", "CreateKey": "RegistryKeyCreated", "DeleteValue": "RegistryValueDeleted"}
            path = f"HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\AMSI\\Providers\\{key}"
            where = {"RegistryKey": path} if operation == "CreateKey" else {"PreviousRegistryKey": path}
            return {"ActionType": action[operation], "InitiatingProcessFolderPath": image, **where}
        case "azure_monitor":
            event, bag = {"Channel": channel, "EventID": 12}, "EventData."
        case "splunk_windows":
            event, bag = {"source": f"XmlWinEventLog:{channel}", "EventCode": "12"}, ""
        case "splunk_windows_classic":
            event, bag = {"source": f"WinEventLog:{channel}", "EventCode": "12"}, ""
        case _:
            event, bag = {"winlog.channel": channel, "event.code": "12"}, "winlog.event_data."
    path = f"HKLM\\SOFTWARE\\Microsoft\\AMSI\\Providers\\{key}" + ("\\(Default)" if operation == "DeleteValue" else "")
    target_object, process = (
        ("registry.path", "process.executable") if pipeline.startswith("ecs") else (f"{bag}TargetObject", f"{bag}Image")
    )
    return {**event, f"{bag}EventType": operation, target_object: path, process: image}


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_a_deletion_of_either_key_is_found_and_a_creation_is_not(language: str, pipeline: str) -> None:
    query = read(language, pipeline)
    for guid in GUIDS:
        for image in OTHERS:
            assert evaluate(query, row(pipeline, "DeleteKey", guid, image))
            assert evaluate(query, row(pipeline, "DeleteKey", guid.lower(), image.upper()))
            assert not evaluate(query, row(pipeline, "CreateKey", guid, image))
            assert not evaluate(query, row(pipeline, "DeleteValue", guid, image)), "the value's name stands behind the key"
    assert not evaluate(query, row(pipeline, "DeleteKey", "{00000000-28E0-4109-99FE-B9D127C57AFE}", OTHERS[0]))


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_defender_s_own_process_is_left_alone(language: str, pipeline: str) -> None:
    query = read(language, pipeline)
    for image in DEFENDER:
        assert not evaluate(query, row(pipeline, "DeleteKey", GUIDS[0], image))
        assert not evaluate(query, row(pipeline, "DeleteKey", GUIDS[0], image.lower()))


@pytest.mark.parametrize(("language", "pipeline"), TARGETS)
def test_the_query_is_proved(language: str, pipeline: str) -> None:
    _, query = convert(language, pipeline)
    assert query.proved
    for folder in ("Windows Defender", "ProgramData", "Program Files", "(x86)"):
        assert plain(folder) in plain(query.text)
    assert all(plain(guid) in plain(query.text) for guid in GUIDS)


def plain(text: str) -> str:
    """A text without what languages put between its letters: escapes, and classes of both cases."""
    return "".join(text[index] for index in range(len(text)) if text[index].isalnum() and not _is_second(text, index)).lower()


def _is_second(text: str, index: int) -> bool:
    return text[index - 2 : index - 1] == "[" and text[index + 1 : index + 2] == "]" and text[index].lower() == text[index - 1].lower()


@pytest.mark.parametrize("pipeline", find_backend("kibana").pipelines)
def test_kibana_says_which_fact_it_needs(pipeline: str) -> None:
    with pytest.raises(Refused) as refused:
        target("kibana", pipeline=pipeline).convert(RULE)
    assert refused.value.problem.code == "case-sensitive-column"
    assert "--assume keyword-fields-are-folded" in refused.value.problem.hint


def test_a_row_of_defender_as_it_was_recorded() -> None:
    """Deleting the key: its path is in PreviousRegistryKey, RegistryKey is empty, and there is no value."""
    recorded = {
        "ActionType": "RegistryKeyDeleted",
        "PreviousRegistryKey": f"HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\AMSI\\Providers\\{GUIDS[0].lower()}",
        "InitiatingProcessFolderPath": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
        "InitiatingProcessCommandLine": 'powershell.exe  & {Remove-Item -Path ""HKLM:\\SOFTWARE\\Microsoft\\AMSI\\Providers\\{2781761E…}""}',
        "DeviceName": "ws01.example",
    }
    query = read("kusto", "microsoft_xdr")
    assert evaluate(query, recorded)
    assert not evaluate(query, {**recorded, "ActionType": "RegistryKeyCreated"})
    assert not evaluate(query, {**recorded, "ActionType": "RegistryValueSet"})
