"""Where an index lies on disk: whole generations, each checked by hash, one pointer to the current one.

    <home>/index/<corpus>/
        current                  name of the generation to read, replaced atomically
        <generation>/            written under another name, then renamed: complete or absent
            manifest.json        format, fingerprints, and size and SHA-256 of each file
            vectors.faiss  texts.json  refusal.json  lexical/…

Killing the writer at any moment leaves the previous generation or the new one, never a mix; a flipped
byte fails the hash (FAISS itself does not notice one).
"""

import contextlib
import hashlib
import json
import os
import shutil
import stat
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from tutor.errors import IndexDamaged

FORMAT = 1
POINTER = "current"
MANIFEST = "manifest.json"
POINTER_LIMIT = 200  # bytes
MANIFEST_LIMIT = 1_000_000  # bytes
UNUSED = 3600  # seconds after which a generation that is not the current one is removed


def write(folder: Path, facts: dict[str, str], fill: Callable[[Path], None]) -> Path:
    """Make a new generation: `fill` writes its files, then it becomes the current one.

    `facts` are kept in the manifest (fingerprints of what the index was made from).
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    unfinished = folder / f"unfinished-{name}"
    unfinished.mkdir()
    try:
        fill(unfinished)
        files = {str(path.relative_to(unfinished)): _seal(path) for path in _files(unfinished)}
        manifest = json.dumps({"format": FORMAT, "facts": facts, "files": files}, indent=1)
        (unfinished / MANIFEST).write_text(manifest, encoding="utf-8")
        unfinished.rename(folder / name)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    pointer = folder / f"{POINTER}-{name}"
    pointer.write_text(f"{name} {hashlib.sha256(manifest.encode()).hexdigest()}", encoding="ascii")
    with contextlib.suppress(OSError, IndexError, IndexDamaged):  # the generation before goes out of use now
        os.utime(folder / _plain(folder / POINTER, POINTER_LIMIT).read_text().split()[0])
    if not (folder / POINTER).is_symlink() and (folder / POINTER).is_dir():  # somebody's mistake, which would stay
        shutil.rmtree(folder / POINTER, ignore_errors=True)
    os.replace(pointer, folder / POINTER)
    _tidy(folder)
    return folder / name


def current(folder: Path) -> tuple[Path, dict[str, str]] | None:
    """The current generation, every file checked, and its facts; None where there is none yet.

    Raises:
        IndexDamaged: a file is missing, or is not what the writer wrote.
    """
    try:
        pointer = _plain(folder / POINTER, POINTER_LIMIT).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise IndexDamaged(f"The index pointer cannot be read ({error.strerror}).") from None
    try:
        name, digest = pointer.decode("ascii").split(" ")
        generation = folder / uuid.UUID(hex=name).hex
        manifest = _plain(generation / MANIFEST, MANIFEST_LIMIT).read_bytes()
        if hashlib.sha256(manifest).hexdigest() != digest:
            raise IndexDamaged("The manifest of the index is not the one that was written.")
        content = json.loads(manifest)
        if content["format"] != FORMAT:
            raise IndexDamaged(f"The index has format {content['format']}, this version reads {FORMAT}.")
        for file, seal in content["files"].items():
            if _seal(_plain(generation / file, seal["bytes"])) != seal:
                raise IndexDamaged(f"{file} of the index is not what was written.")
        if added := {str(path.relative_to(generation)) for path in _files(generation)} - {*content["files"], MANIFEST}:
            raise IndexDamaged(f"{min(added)} of the index was not written by the tutor.")
    except IndexDamaged:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"The index on disk cannot be read ({type(error).__name__}).") from None
    return generation, content["facts"]


def _files(generation: Path) -> list[Path]:
    return sorted(path for path in generation.rglob("*") if path.is_symlink() or not path.is_dir())


def _plain(path: Path, limit: int) -> Path:
    """`path`, if it is a file of ours: a pipe would never end, a device neither, and a link may lead anywhere."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
        raise IndexDamaged(f"{path.name} of the index is not a file of the size that was written.")
    return path


def _seal(path: Path) -> dict[str, int | str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _tidy(folder: Path) -> None:
    """Remove what is out of use for an hour: older generations, and what writers that were killed have left.

    Nobody reads or writes for so long, so another process loses nothing; what it has removed first is no matter.
    """
    now = time.time()
    with contextlib.suppress(OSError, IndexError):
        in_use = (folder / POINTER).read_text().split()[0]
        for path in folder.iterdir():
            if path.name not in (in_use, POINTER) and now - path.stat().st_mtime > UNUSED:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
