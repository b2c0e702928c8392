"""Addresses as languages: the texts of the addresses of a network, and those that a column of addresses holds."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, ip_address

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import exactly
from sigma_amsi.proof.automaton import Language, pattern_language
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.images import decimals
from sigma_amsi.proof.languages import concatenation, union
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence


@lru_cache(maxsize=1024)
def network_language(network: IPv4Network) -> Language:
    """The texts of the network's addresses: four numbers without leading zeros."""
    dot = pattern_language(exactly("."), True)
    language = pattern_language(exactly(""), True)
    for place, (low, high) in enumerate(zip(network.network_address.packed, network.broadcast_address.packed, strict=True)):
        octet = decimals(((low, high),))
        language = octet if place == 0 else concatenation(concatenation(language, dot), octet)
    return language


def is_canonical_address(text: str) -> bool:
    """Whether the text is an address as addresses are written out: lower case, without leading zeros, the longest run of zeros left out.

    An address of the fourth version in the form of the sixth may keep its four numbers (RFC 5952, section 5).
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return text == str(address) or (mapped is not None and text == f"::ffff:{mapped}")


def _whole(*items: RegexTree) -> Language:
    return regex_language(Sequence((Anchor(Place.TEXT_START), *items, Anchor(Place.TEXT_END))), True)


@lru_cache(maxsize=1)
def plain_addresses() -> Language:
    """Addresses that are canonical as they stand: all of the fourth version, and of the sixth those without a zero that is written."""
    group = Sequence((OneOf(Chars.of("123456789abcdef")), Repeat(OneOf(Chars.of("0123456789abcdef")), 0, 3)))
    colon = Literal(":")

    def groups(count: int) -> RegexTree:
        return Sequence((group, Repeat(Sequence((colon, group)), count - 1, count - 1))) if count else Sequence(())

    shortened = [Sequence((groups(before), Literal("::"), groups(after))) for before in range(7) for after in range(7 - before)]
    return union([_FOURTH, _whole(Choice((groups(8), *shortened)))])


@lru_cache(maxsize=1)
def possible_addresses() -> Language:
    """Texts among which are all canonical addresses."""
    digits = OneOf(Chars.of("0123456789abcdef"))
    sixth = Sequence((Repeat(digits, 0, 4), Literal(":"), Repeat(Choice((digits, Literal(":"))), 1, None)))
    mapped = concatenation(pattern_language(exactly("::ffff:"), True), _FOURTH)
    return union([_FOURTH, mapped, _whole(sixth)])


_FOURTH = network_language(IPv4Network("0.0.0.0/0"))
