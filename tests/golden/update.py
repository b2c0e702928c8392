"""Writes the records of cases anew: `python -m tests.golden.update [case …]`, and names those that changed. Read the diff before you accept it."""

import sys

from . import cases, records


def main(names: list[str]) -> int:
    """Write the records of the named cases, or of all."""
    chosen = [case for case in cases() if not names or case.name in names]
    if unknown := set(names) - {case.name for case in chosen}:
        print("no such case: " + ", ".join(sorted(unknown)), file=sys.stderr)
        return 2
    for record in (record for case in chosen for record in records(case)):
        text = record.text()
        if record.recorded != text:
            record.path.write_bytes(text.encode())
            print(f"{record.case.name}/{record.path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
