"""Archives that come out the same, byte for byte, on every machine."""

import io
import struct
import tarfile
import zlib
from collections.abc import Mapping

_TIME = 315_532_800
"""The start of 1980 in UTC: some tools refuse earlier times."""


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """The files, and their folders, as a gzip-compressed tar archive. Paths are sorted; owner, mode and time are fixed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted({*files, *_folders(files)}):
            entry = tarfile.TarInfo(path)
            entry.mtime = _TIME
            if path in files:
                entry.size, entry.mode = len(files[path]), 0o644
                archive.addfile(entry, io.BytesIO(files[path]))
            else:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
    return _gzip(packed.getvalue())


def _folders(files: Mapping[str, bytes]) -> set[str]:
    parts = [path.split("/") for path in files]
    return {"/".join(each[:depth]) for each in parts for depth in range(1, len(each))}


def _gzip(data: bytes) -> bytes:
    """One gzip member (RFC 1952) without name and time, whose system is "unknown": what `gzip` writes there differs between versions of Python.

    The data are stored, not compressed: the builds of zlib that machines have compress differently. A stored block of RFC 1951 is a byte that
    says whether it is the last, the length, its complement, and the data.
    """
    blocks = [data[start : start + 0xFFFF] for start in range(0, len(data), 0xFFFF)] or [b""]
    last = len(blocks) - 1
    stored = [struct.pack("<BHH", number == last, len(block), len(block) ^ 0xFFFF) + block for number, block in enumerate(blocks)]
    header = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"
    return header + b"".join(stored) + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFF_FFFF)
