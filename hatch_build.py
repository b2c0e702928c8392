"""Build hook: puts the top-level backends/ and pipelines/ inside the package, in wheels only (an editable install reads them where they lie)."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class InsidePackage(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"].update({"backends": "sigma_amsi/backends", "pipelines": "sigma_amsi/pipelines"})
