import gzip
import io
import tarfile
from hashlib import sha256

from sigma_amsi.package.archive import tar_gz

_FILES = {"app/default/b.conf": b"b" * 100_000, "app/default/a.conf": b"a", "app/metadata/default.meta": b""}


def test_it_unpacks_to_the_files() -> None:
    with tarfile.open(fileobj=io.BytesIO(tar_gz(_FILES)), mode="r:gz") as archive:
        members = archive.getmembers()
        assert [member.name for member in members if member.isdir()] == ["app", "app/default", "app/metadata"]
        unpacked = {member.name: archive.extractfile(member) for member in members if member.isfile()}
        assert {name: file.read() for name, file in unpacked.items() if file} == _FILES
    assert {member.mode for member in members} == {0o644, 0o755}
    assert {(member.uid, member.gid, member.uname, member.gname) for member in members} == {(0, 0, "", "")}


def test_it_is_the_same_everywhere() -> None:
    packed = tar_gz(dict(reversed(_FILES.items())))
    assert packed == tar_gz(_FILES)
    assert packed[4:8] == bytes(4), "a time in the header would differ from run to run"
    assert sha256(packed).hexdigest() == "6a2ee2e9568cce24e05617e3b3ebfe6e0f245ea7e14e7e81f7ddecbe9c9421d3"


def test_an_empty_archive_is_one() -> None:
    assert set(gzip.decompress(tar_gz({}))) == {0}
