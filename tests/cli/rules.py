"""Rules of our own for the tests of commands."""

GOOD = """\
title: Recovery switched off
id: 0f2a7c1e-6c1f-4a4e-9a54-2d9c1f3f7a01
status: test
description: The boot configuration is told to ignore failures.
logsource: {category: process_creation, product: windows}
detection:
  selection: {Image|endswith: '\\bcdedit.exe', CommandLine|contains|all: [recoveryenabled, 'no']}
  condition: selection
level: high
"""

UNMAPPED = """\
title: A field that nobody has
id: 0f2a7c1e-6c1f-4a4e-9a54-2d9c1f3f7a02
status: test
description: No pipeline maps the field.
logsource: {category: process_creation, product: windows}
detection:
  selection:
    Totally: x
  condition: selection
level: low
"""

BROKEN = "title: [\n"
