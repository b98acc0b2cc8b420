"""Where an index lies on disk: whole generations, each checked by hash, one pointer to the current one.

    <home>/index/<corpus>/
        current                  name of the generation to read, replaced atomically
        <generation>/            written under another name, then renamed: complete or absent
            manifest.json        format, fingerprints, and size and SHA-256 of each file
            vectors.faiss  texts.json  refusal.json  lexical/…

Killing the writer at any moment leaves the previous generation or the new one, never a mix; a flipped
byte fails the hash (FAISS itself does not notice one).
"""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from tutor.errors import IndexDamaged

FORMAT = 1
POINTER = "current"
MANIFEST = "manifest.json"
KEPT = 2  # generations: the current one, and one that a slower reader may still be reading


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
        files = {
            str(path.relative_to(unfinished)): _seal(path) for path in sorted(unfinished.rglob("*")) if path.is_file()
        }
        manifest = json.dumps({"format": FORMAT, "facts": facts, "files": files}, indent=1)
        (unfinished / MANIFEST).write_text(manifest, encoding="utf-8")
        unfinished.rename(folder / name)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    pointer = folder / f"{POINTER}-{name}"
    pointer.write_text(f"{name} {hashlib.sha256(manifest.encode()).hexdigest()}", encoding="ascii")
    os.replace(pointer, folder / POINTER)
    _tidy(folder, name)
    return folder / name


def current(folder: Path) -> tuple[Path, dict[str, str]] | None:
    """The current generation, every file checked, and its facts; None where there is none yet.

    Raises:
        IndexDamaged: a file is missing, or is not what the writer wrote.
    """
    try:
        pointer = (folder / POINTER).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IndexDamaged(f"The index pointer cannot be read ({error.strerror}).") from None
    try:
        name, digest = pointer.decode("ascii").split(" ")
        generation = folder / uuid.UUID(hex=name).hex
        manifest = (generation / MANIFEST).read_bytes()
        if hashlib.sha256(manifest).hexdigest() != digest:
            raise IndexDamaged("The manifest of the index is not the one that was written.")
        content = json.loads(manifest)
        if content["format"] != FORMAT:
            raise IndexDamaged(f"The index has format {content['format']}, this version reads {FORMAT}.")
        for file, seal in content["files"].items():
            if _seal(generation / file) != seal:
                raise IndexDamaged(f"{file} of the index is not what was written.")
    except IndexDamaged:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"The index on disk cannot be read ({type(error).__name__}).") from None
    return generation, content["facts"]


def _seal(path: Path) -> dict[str, int | str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _tidy(folder: Path, newest: str) -> None:
    """Remove older generations, and what writers that were killed have left."""
    generations = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("unfinished-")]
    generations.sort(key=lambda path: (path.name == newest, path.stat().st_mtime), reverse=True)
    for old in generations[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    newest_time = (folder / POINTER).stat().st_mtime
    for left in [*folder.glob("unfinished-*"), *folder.glob(f"{POINTER}-*")]:
        if newest_time - left.stat().st_mtime > 3600:  # an hour old: no writer takes that long
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
