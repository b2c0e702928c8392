"""Sigma rules to SIEM queries that are proved to mean what the rule means."""

from pathlib import Path

__version__ = "0.1.0"

# In a checkout, backends/ and pipelines/ lie beside this package; in a wheel they are inside it. Both are imported as sigma_amsi.backends and
# read as data of sigma_amsi.pipelines.
_checkout = Path(__file__).resolve().parent.parent
if (_checkout / "pyproject.toml").is_file() and (_checkout / "backends").is_dir():
    __path__.append(str(_checkout))
