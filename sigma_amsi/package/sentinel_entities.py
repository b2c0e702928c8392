"""Entities of Microsoft Sentinel: which columns of a query's rows name a host, an account, a process and so on.

Identifiers from Azure/Azure-Sentinel, EntityMappingIdentifiers.cs.
"""

from collections.abc import Collection, Mapping

from msgspec import Struct

from sigma_amsi.package.writing import Json

_MOST = 5
"""Entity mappings of a rule (Azure-Sentinel's template validation)."""


class _Entity(Struct, frozen=True):
    """A kind of entity, and the column of each of its identifiers. Without the first column there is no such entity."""

    kind: str
    columns: Mapping[str, str]

    @property
    def key(self) -> str:
        return next(iter(self.columns.values()))


def _entity(kind: str, **columns: str) -> _Entity:
    return _Entity(kind, columns)


# In the order of worth for an investigation. A column is one of the table, or one that the query computes under the name of a Sigma field.
# FullName of an account may be DOMAIN\name. What was deleted or renamed stands in the Previous columns.
_GROUPS = (
    (_entity("Host", FullName="DeviceName"), _entity("Host", FullName="Computer")),
    (
        _entity("Account", Name="AccountName", NTDomain="AccountDomain", Sid="AccountSid"),
        _entity("Account", FullName="User"),
        _entity("Account", FullName="Account"),
    ),
    (
        _entity("Process", CommandLine="ProcessCommandLine", ProcessId="ProcessId"),
        _entity("Process", CommandLine="CommandLine", ProcessId="NewProcessId"),
    ),
    (_entity("File", Name="FileName"),),
    (_entity("RegistryKey", Key="PreviousRegistryKey"), _entity("RegistryKey", Key="RegistryKey")),
    (
        _entity("RegistryValue", Name="PreviousRegistryValueName", Value="PreviousRegistryValueData"),
        _entity("RegistryValue", Name="RegistryValueName", Value="RegistryValueData"),
    ),
    (_entity("IP", Address="RemoteIP"), _entity("IP", Address="IpAddress"), _entity("IP", Address="DestinationIp")),
    (_entity("URL", Url="RemoteUrl"),),
    (_entity("DNS", DomainName="QueryName"), _entity("DNS", DomainName="DestinationHostname")),
    (
        _entity(
            "Account",
            Name="InitiatingProcessAccountName",
            NTDomain="InitiatingProcessAccountDomain",
            Sid="InitiatingProcessAccountSid",
        ),
    ),
    (_entity("Process", CommandLine="InitiatingProcessCommandLine", ProcessId="InitiatingProcessId"),),
)


def entity_mappings(columns: Collection[str], mentioned: Collection[str]) -> list[Json]:
    """The mappings for rows with these columns, at most as many as a rule may have.

    Of each group one: the first that the query looks at, or else the last that the rows have.
    """
    found: list[Json] = []
    for group in _GROUPS:
        present = [entity for entity in group if entity.key in columns]
        if present:
            entity = next((each for each in present if each.key in mentioned), present[-1])
            fields: list[Json] = [
                {"identifier": name, "columnName": column} for name, column in entity.columns.items() if column in columns
            ]
            found.append({"entityType": entity.kind, "fieldMappings": fields})
    return found[:_MOST]
