"""Networks and columns of addresses as languages, against Python's own reading of addresses."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import InNetwork
from sigma_amsi.proof.addresses import is_canonical_address, network_language, plain_addresses, possible_addresses

NETWORKS = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda made: IPv4Network(made, strict=False))
FOURTH = st.one_of(
    st.ip_addresses(v=4).map(str), st.sampled_from(["10.0.0.1", "010.0.0.1", "10.0.0", "10.0.0.256", "10.0.0.1 ", "::1", "1.2.3.4.5"])
)


@settings(max_examples=300, deadline=None)
@given(NETWORKS, FOURTH)
def test_a_text_is_in_the_language_of_a_network_when_it_passes(network: IPv4Network, text: str) -> None:
    inside = str(network.network_address)
    for each in (text, inside):
        assert (each in network_language(network)) == passes(each, InNetwork(network), {})


def test_the_ends_of_a_network_are_in_it_and_their_neighbours_are_not() -> None:
    network = ip_network("172.16.0.0/12")
    assert isinstance(network, IPv4Network)
    language = network_language(network)
    assert [text in language for text in ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0")] == [False, True, True, False]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.ip_addresses(v=4), st.ip_addresses(v=6), st.integers(0, 2**20).map(IPv6Address), st.integers(0, 2**48 - 1).map(IPv6Address)
    )
)
def test_every_address_is_possible(address: IPv4Address | IPv6Address) -> None:
    text = str(address)
    assert is_canonical_address(text)
    assert text in possible_addresses()
    if isinstance(address, IPv4Address):
        assert is_canonical_address(f"::ffff:{text}")
        assert f"::ffff:{text}" in possible_addresses()


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"([1-9a-f][0-9a-f]{0,3}:){0,3}:?(:[1-9a-f][0-9a-f]{0,3}){0,3}", fullmatch=True))
def test_plain_addresses_are_canonical(text: str) -> None:
    if text in plain_addresses():
        assert is_canonical_address(text)
    assert "1:2::ab:9" in plain_addresses()
    assert "1:0::9" not in plain_addresses()
