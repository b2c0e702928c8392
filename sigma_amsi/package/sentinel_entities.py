"""Entities of Microsoft Sentinel: which columns of a query's rows name a host, an account, a process and so on.

Identifiers from Azure/Azure-Sentinel, EntityMappingIdentifiers.cs.
"""

from collections.abc import Collection

from sigma_amsi.package.writing import Json

_MOST = 5
"""Entity mappings of a rule (Azure-Sentinel's template validation)."""

# Groups in the order of worth for an investigation. A column is one of the table, or one that the query computes under the name of a Sigma field.
# FullName of an account may be DOMAIN\name. What was deleted or renamed stands in the Previous columns.
_GROUPS: tuple[tuple[tuple[str, tuple[tuple[str, str], ...]], ...], ...] = (
    (("Host", (("FullName", "DeviceName"),)), ("Host", (("FullName", "Computer"),))),
    (
        ("Account", (("FullName", "Account"),)),
        ("Account", (("Name", "AccountName"), ("NTDomain", "AccountDomain"), ("Sid", "AccountSid"))),
        ("Account", (("FullName", "User"),)),
    ),
    (
        ("Process", (("CommandLine", "ProcessCommandLine"), ("ProcessId", "ProcessId"))),
        ("Process", (("CommandLine", "CommandLine"), ("ProcessId", "NewProcessId"))),
    ),
    (("File", (("Name", "FileName"),)),),
    (("RegistryKey", (("Key", "PreviousRegistryKey"),)), ("RegistryKey", (("Key", "RegistryKey"),))),
    (
        ("RegistryValue", (("Name", "PreviousRegistryValueName"), ("Value", "PreviousRegistryValueData"))),
        ("RegistryValue", (("Name", "RegistryValueName"), ("Value", "RegistryValueData"))),
    ),
    (
        ("IP", (("Address", "RemoteIP"),)),
        ("IP", (("Address", "IpAddress"),)),
        ("IP", (("Address", "DestinationIp"),)),
    ),
    (("URL", (("Url", "RemoteUrl"),)),),
    (("DNS", (("DomainName", "QueryName"),)), ("DNS", (("DomainName", "DestinationHostname"),))),
    (
        (
            "Account",
            (
                ("Name", "InitiatingProcessAccountName"),
                ("NTDomain", "InitiatingProcessAccountDomain"),
                ("Sid", "InitiatingProcessAccountSid"),
            ),
        ),
    ),
    (("Process", (("CommandLine", "InitiatingProcessCommandLine"), ("ProcessId", "InitiatingProcessId"))),),
)


def entity_mappings(columns: Collection[str], mentioned: Collection[str]) -> list[Json]:
    """The mappings for rows with these columns, at most as many as a rule may have.

    Of each group one: the first that the query looks at, or else the last that the rows have.
    """
    found: list[Json] = []
    for group in _GROUPS:
        present = [each for each in group if each[1][0][1] in columns]
        if present:
            entity, identifiers = next((each for each in present if each[1][0][1] in mentioned), present[-1])
            fields: list[Json] = [{"identifier": name, "columnName": column} for name, column in identifiers if column in columns]
            found.append({"entityType": entity, "fieldMappings": fields})
    return found[:_MOST]
