"""Members of a catalogue's zip file, read in memory and never more than a model may need."""

from __future__ import annotations

import lzma
import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from streammem.errors import SourceNotFoundError, UnsupportedSourceError

__all__ = ["Archive"]

MEMBER_MB = 64  # the largest member that is read; the catalogues' largest model has 9
RATIO = 400  # unpacked bytes for each packed one; texts of coordinates reach 10, plain pictures 100


@dataclass(frozen=True, slots=True)
class Member:
    """What a zip says of one of its files."""

    name: str  # as the zip spells it
    checksum: int
    size: int


class Archive:
    """One zip file. It is opened for each reading and closed again, so it may be shared between processes.

    Nothing is ever written, so that a member's name cannot lead anywhere.

    Raises:
        SourceNotFoundError: if there is no such file.
        UnsupportedSourceError: if it is no zip file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as opened:
                infos = opened.infolist()
        except FileNotFoundError as error:
            raise SourceNotFoundError(f"there is no catalogue {path}") from error
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise UnsupportedSourceError(
                f"{path} is no readable zip file ({error}): get the catalogue again"
            ) from error
        self._members = {
            _normal(info.filename): Member(info.filename, info.CRC, info.file_size)
            for info in infos
            if not info.is_dir()
        }
        inside = sorted((name, member.checksum, member.size) for name, member in self._members.items())
        self.fingerprint = blake2b(repr(inside).encode(), digest_size=16).hexdigest()

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._members

    def read(self, name: str) -> bytes:
        """One member's bytes.

        Raises:
            SourceNotFoundError: if there is no such member.
            UnsupportedSourceError: if it is damaged, encrypted, or unpacks to more than a model can need.
        """
        member = self._members.get(_normal(name))
        if member is None:
            raise SourceNotFoundError(f"{self.path.name} has no {name!r}")
        try:
            with zipfile.ZipFile(self.path) as opened:
                info = opened.getinfo(member.name)
                if info.file_size > MEMBER_MB << 20 or info.file_size > RATIO * max(
                    info.compress_size, 1 << 12
                ):
                    raise UnsupportedSourceError(
                        f"{name!r} in {self.path.name} unpacks from {info.compress_size} to {info.file_size} bytes: "
                        f"at most {MEMBER_MB} MB and {RATIO} times its size are read"
                    )
                return opened.read(info)
        except UnsupportedSourceError:
            raise  # it says itself why; it is an OSError, too
        except (
            zipfile.BadZipFile,
            zlib.error,
            lzma.LZMAError,
            OSError,
            ValueError,
            EOFError,
            KeyError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise UnsupportedSourceError(
                f"{name!r} in {self.path.name} cannot be unpacked: {error}"
            ) from error

    def digest(self, folder: str) -> str:
        """A fingerprint of what a folder of the zip holds, by its table of contents alone."""
        inside = sorted(
            (name, member.checksum, member.size)
            for name, member in self._members.items()
            if posixpath.dirname(name) == _normal(folder)
        )
        return blake2b(repr(inside).encode(), digest_size=16).hexdigest()


def _normal(name: str) -> str:
    """A member's path without a leading slash, dots and backslashes, as catalogues and materials write it."""
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/")
