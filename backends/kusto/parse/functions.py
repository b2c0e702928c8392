"""Kusto's functions of values. Those that choose among expressions, or look at how their arguments are written, are in `expressions`."""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from sigma_amsi.characters import fold, other_case
from sigma_amsi.predicate.construct import Spelling, test, when
from sigma_amsi.predicate.tree import FALSE, InNetwork, Predicate, TimeUnit, all_of, any_of, negation
from sigma_amsi.predicate.truth import Truth, certain, null_side, opposite
from sigma_amsi.term import Absent, Term, Text

from .comparisons import Site, as_truth, constant_number, constant_text, is_empty, is_null, settled
from .digits import long_of_text
from .values import KINDS, Dynamic, Flag, Hexadecimal, Length, Listing, Moment, Number, Part, String, Value

Network = IPv4Network | IPv6Network
Arguments = tuple[Value, ...]

_ALL_IPV4 = IPv4Network("0.0.0.0/0")
_ALL_IPV6 = IPv6Network("::/0")
_MAPPED = IPv6Network("::ffff:0:0/96")
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # page *ipv4_is_private()*

_TIME_PARTS: Mapping[str, TimeUnit] = {
    "year": "year", "month": "month", "week_of_year": "week", "day": "day", "hour": "hour", "minute": "minute",
}  # fmt: skip
_TIME_FUNCTIONS: Mapping[str, TimeUnit] = {
    "getyear": "year", "getmonth": "month", "monthofyear": "month", "week_of_year": "week", "dayofmonth": "day", "hourofday": "hour",
}  # fmt: skip


def is_known(name: str) -> bool:
    """Whether there is such a function here."""
    return name in _TIME_FUNCTIONS or name in _FUNCTIONS


def call(name: str, arguments: Arguments, site: Site) -> Value:
    """The value of a function's call."""
    if name in _TIME_FUNCTIONS and len(arguments) == 1:
        return _part(_TIME_FUNCTIONS[name], arguments[0], site)
    if name not in _FUNCTIONS:
        raise site.unreadable(f"the function `{name}` is not known")
    fewest, most, function = _FUNCTIONS[name]
    if not fewest <= len(arguments) <= most:
        raise site.unreadable(f"`{name}` does not take {len(arguments)} arguments")
    return function(arguments, site)


def as_string(value: Value, site: Site) -> String:
    """`tostring`, which the functions of strings also apply: null becomes the empty text."""
    match value:
        case String():
            return value
        case Dynamic(term) | Number(term):
            return String(term)
        case Flag() | Truth():
            truth = as_truth(value, site)
            no = when(settled(truth.false_when), Text("False"), Absent())
            return String(when(settled(truth.true_when), Text("True"), no))
    raise site.unreadable(f"the text of {KINDS[type(value)]} is not known")


def _not(arguments: Arguments, site: Site) -> Value:
    return opposite(as_truth(arguments[0], site))


def _isempty(arguments: Arguments, site: Site) -> Truth:
    if isinstance(arguments[0], Truth):
        return certain(settled(null_side(arguments[0])))
    return certain(is_empty(arguments[0], site))


def _isnull(arguments: Arguments, site: Site) -> Truth:
    if isinstance(arguments[0], Truth):
        return certain(settled(null_side(arguments[0])))
    return is_null(arguments[0], site)


def _spelled(spelling: Spelling) -> Callable[[Arguments, Site], Value]:
    def function(arguments: Arguments, site: Site) -> Value:
        value = as_string(arguments[0], site)
        text = constant_text(value)
        if text is None:
            return String(value.term, spelling)
        lower = fold(text)
        return String(Text(lower if spelling == "lower" else "".join(map(other_case, lower))))

    return function


def _strlen(arguments: Arguments, site: Site) -> Value:
    if not isinstance(arguments[0], String):
        raise site.unreadable(f"`strlen` takes a string, not {KINDS[type(arguments[0])]}")
    return Length(arguments[0].term)


def _tolong(arguments: Arguments, site: Site) -> Value:
    value = arguments[0]
    if isinstance(value, Number):
        return value
    if isinstance(value, String | Dynamic):
        number = long_of_text(value.term, site.known)
        if number is not None:
            return number
    raise site.unreadable(
        "`tolong` of a text also reads signs, hexadecimal and blanks; it is read where a test before it leaves only digits"
    )


def _tohex(arguments: Arguments, site: Site) -> Value:
    width = constant_number(arguments[1]) if len(arguments) == 2 else 1
    if not isinstance(arguments[0], Number) or width is None or not 1 <= width <= 16:
        raise site.unreadable("`tohex` needs a number and a length from 1 to 16")
    return Hexadecimal(arguments[0], int(width))


def _part(unit: TimeUnit, value: Value, site: Site) -> Value:
    if not isinstance(value, Moment) or value.term is None:
        raise site.unreadable(f"a part of {KINDS[type(value)]} is not read")
    return Part(value.term, unit)


def _datetime_part(arguments: Arguments, site: Site) -> Value:
    part = constant_text(arguments[0])
    if part is None or part.lower() not in _TIME_PARTS:
        raise site.unreadable("this part of a time is not read")
    return _part(_TIME_PARTS[part.lower()], arguments[1], site)


def _ipv4_is_in_range(arguments: Arguments, site: Site) -> Truth:
    """True or false of two readable IPv4 addresses, else null (page *ipv4_is_in_range()*)."""
    return _ipv4_within(arguments[0], [_network(arguments[1], site)], site)


def _ipv4_is_in_any_range(arguments: Arguments, site: Site) -> Truth:
    return _ipv4_within(arguments[0], _networks(arguments[1:], site), site)


def _ipv4_is_match(arguments: Arguments, site: Site) -> Truth:
    address, network = _address_and_network(arguments, site)
    return _ipv4_within(address, [network], site)


def _ipv4_is_private(arguments: Arguments, site: Site) -> Truth:
    return _ipv4_within(arguments[0], list(_PRIVATE), site)


def _ipv6_is_in_range(arguments: Arguments, site: Site) -> Truth:
    """As for IPv4; an IPv4 address is taken as its mapped IPv6 address (page *ipv6_is_match()*)."""
    return _ipv6_within(arguments[0], [_network(arguments[1], site)], site)


def _ipv6_is_in_any_range(arguments: Arguments, site: Site) -> Truth:
    return _ipv6_within(arguments[0], _networks(arguments[1:], site), site)


def _ipv6_is_match(arguments: Arguments, site: Site) -> Truth:
    address, network = _address_and_network(arguments, site)
    return _ipv6_within(address, [network], site)


def _ipv4_within(address: Value, networks: list[Network], site: Site) -> Truth:
    term = _address(address, site)
    if not all(isinstance(network, IPv4Network) for network in networks):
        return Truth(FALSE, FALSE)  # the other side is not readable as IPv4: null
    return _within(term, [test(term, InNetwork(network)) for network in networks], [_ALL_IPV4])


def _ipv6_within(address: Value, networks: list[Network], site: Site) -> Truth:
    term = _address(address, site)
    found = [test(term, InNetwork(part)) for network in networks for part in _both_families(network)]
    return _within(term, found, [_ALL_IPV4, _ALL_IPV6])


def _within(term: Term, found: list[Predicate], readable: list[Network]) -> Truth:
    true_when = any_of(found)
    is_address = any_of(test(term, InNetwork(network)) for network in readable)
    return Truth(true_when, all_of([is_address, negation(true_when)]))


def _both_families(network: Network) -> list[Network]:
    """The addresses of either family that an IPv6 function takes to be in the network."""
    if isinstance(network, IPv4Network):
        return [network, IPv6Network((int(_MAPPED.network_address) + int(network.network_address), 96 + network.prefixlen))]
    if network.subnet_of(_MAPPED):
        return [network, IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))]
    return [network, _ALL_IPV4] if _MAPPED.subnet_of(network) else [network]


def _address(value: Value, site: Site) -> Term:
    if not isinstance(value, String) or constant_text(value) is not None:
        raise site.unreadable(f"an address is tested in a string column, not in {KINDS[type(value)]}")
    return value.term


def _network(value: Value, site: Site) -> Network:
    text = constant_text(value)
    try:
        return ip_network(text or "", strict=False)  # page *IP-prefix notation*: the base address may have bits below the mask
    except ValueError as error:
        raise site.unreadable(f"{text!r} is not read as a network" if text is not None else "the network must be a constant") from error


def _networks(values: Arguments, site: Site) -> list[Network]:
    items = values[0].items if len(values) == 1 and isinstance(values[0], Listing) else values
    return [_network(item, site) for item in items]


def _address_and_network(arguments: Arguments, site: Site) -> tuple[Value, Network]:
    address, other = arguments[:2] if constant_text(arguments[0]) is None else (arguments[1], arguments[0])
    network = _network(other, site)
    if len(arguments) == 3:
        prefix = constant_number(arguments[2])
        if prefix is None or prefix != int(prefix) or not 0 <= prefix <= network.max_prefixlen:
            raise site.unreadable("the prefix must be a constant number of bits")
        if prefix < network.prefixlen:
            network = network.supernet(new_prefix=int(prefix))
    return address, network


_FUNCTIONS: Mapping[str, tuple[int, int, Callable[[Arguments, Site], Value]]] = {
    "not": (1, 1, _not),
    "isempty": (1, 1, _isempty),
    "isnotempty": (1, 1, lambda arguments, site: opposite(_isempty(arguments, site))),
    "isnull": (1, 1, _isnull),
    "isnotnull": (1, 1, lambda arguments, site: opposite(_isnull(arguments, site))),
    "tostring": (1, 1, lambda arguments, site: as_string(arguments[0], site)),
    "tolower": (1, 1, _spelled("lower")),
    "toupper": (1, 1, _spelled("upper")),
    "strlen": (1, 1, _strlen),
    "tolong": (1, 1, _tolong),
    "tohex": (1, 2, _tohex),
    "datetime_part": (2, 2, _datetime_part),
    "ipv4_is_in_range": (2, 2, _ipv4_is_in_range),
    "ipv4_is_in_any_range": (2, 64, _ipv4_is_in_any_range),
    "ipv4_is_match": (2, 3, _ipv4_is_match),
    "ipv4_is_private": (1, 1, _ipv4_is_private),
    "ipv6_is_in_range": (2, 2, _ipv6_is_in_range),
    "ipv6_is_in_any_range": (2, 64, _ipv6_is_in_any_range),
    "ipv6_is_match": (2, 3, _ipv6_is_match),
}
"""Function -> the fewest and the most arguments, and what it gives."""
