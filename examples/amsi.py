"""The AMSI rule on Microsoft Defender: its query, the proof that it says what the rule says, and why two plausible queries do not.

*Removal Of AMSI Provider Registry Keys* by frack113, https://github.com/SigmaHQ/sigma, Detection Rule License 1.1,
id 41d1058a-aea7-4952-9293-29eaaf516465.

    python examples/amsi.py
"""

from sigma_amsi.backend import Statement
from sigma_amsi.pattern import Pattern, ending, starting
from sigma_amsi.pipeline.log_sources import facts_about, find_log_source
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.pipeline.substitute import substitute
from sigma_amsi.predicate.tree import Matches, Not, Predicate, Test, all_of, any_of
from sigma_amsi.proof.prove import Claim, prove
from sigma_amsi.proof.verdict import ProvedAssuming
from sigma_amsi.registry import find_backend
from sigma_amsi.term import Field, Term

PROVIDERS = ("{2781761E-28E0-4109-99FE-B9D127C57AFE}", "{A7C452EF-8E9F-42EB-9F2B-245613CA0DC9}")
DEFENDER_FOLDERS = (
    "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\",
    "C:\\Program Files\\Windows Defender\\",
    "C:\\Program Files (x86)\\Windows Defender\\",
)


def detection(target_object: Term, image: Term) -> Predicate:
    """`selection and not 1 of filter_main_*`."""

    def test(term: Term, pattern: Pattern) -> Predicate:
        return Test(term, Matches(pattern))

    selection = any_of(test(target_object, ending(provider)) for provider in PROVIDERS)
    folders = any_of(test(image, starting(folder)) for folder in DEFENDER_FOLDERS)
    return all_of([selection, Not(all_of([folders, test(image, ending("\\MsMpEng.exe"))]))])


def main() -> None:
    """Prints the query with its verdict, then the verdicts on two queries that look right."""
    pipeline = load_pipeline("microsoft_xdr")
    kusto = find_backend("kusto")
    (source,) = find_log_source(pipeline, product="windows", category="registry_delete", service=None)
    table = pipeline.schema.tables[source.table]
    rule = substitute(detection(Field("TargetObject"), Field("Image")), source, pipeline)
    names = {term: name for name, term in rule.terms.items()}
    query = kusto.generate(Statement(table, source.where, rule.detection, pipeline.schema, names))

    suffixes = " or ".join(f'RegistryKey endswith "{provider}"' for provider in PROVIDERS)
    plausible = f"DeviceRegistryEvents | where {suffixes}"
    candidates = {
        "our query": query,
        "without the operation and the filter": plausible,
        "with the operation, on RegistryKey": f'{plausible} | where ActionType in~ ("RegistryKeyDeleted", "RegistryValueDeleted")',
    }
    for title, text in candidates.items():
        reading = kusto.parse(text, pipeline.schema, table)
        facts = facts_about(pipeline, table.name)
        verdict = prove(Claim(reading.predicate, source.where, rule.detection, table, rule.terms, facts, rule.assumes))
        assumed = " ".join(verdict.facts) if isinstance(verdict, ProvedAssuming) else ""
        print(f"=== {title}\n\n{text}\n\n{verdict.name} {assumed}".rstrip())
        if not verdict.obligations.log_source.holds:
            print(f"  log source: not restricted; adds {verdict.obligations.log_source.adds}")
        if verdict.obligations.detection.adds is not None:
            print(f"  detection:  adds   {verdict.obligations.detection.adds}")
        if verdict.obligations.detection.misses is not None:
            print(f"  detection:  misses {verdict.obligations.detection.misses}")
        print()


if __name__ == "__main__":
    main()
