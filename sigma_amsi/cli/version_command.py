"""`sigma-amsi version`."""

from collections.abc import Sequence

from sigma_amsi import __version__


def run(arguments: Sequence[str]) -> int:
    """Prints the version, without asking anybody on the network."""
    del arguments
    print(__version__)
    return 0
