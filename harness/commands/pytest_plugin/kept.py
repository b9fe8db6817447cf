"""Which runs the tests of a session have stored so far, whichever process of it runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ...base.disk.files import is_file
from ...base.disk.scratch import alone_in
from ...results.committed import naming


@dataclass(frozen=True)
class Kept:
    """What the tests have stored, in a folder that all workers of pytest-xdist share."""

    place: Path

    @contextmanager
    def recipes_in(self, folder: Path) -> Iterator[set[str]]:
        """The recipes whose runs were stored in `folder`; those that the block adds are kept.

        The other processes wait until the block ends. Raises StorageError.
        """
        name = sha256(str(folder).encode()).hexdigest()
        file = self.place / f"{name}.json"
        with naming(self.place), alone_in(self.place):
            recipes = set(json.loads(file.read_text())) if is_file(file) else set()
            yield recipes
            file.write_text(json.dumps(sorted(recipes)))
