"""Ground floor: libraries that take seconds to load are loaded when somebody needs them, by one thread at a time.

Modules of LlamaIndex lead to one another in circles. Two threads that load two of them at once would each wait for what
the other has begun; Python rather hands them half a module, and an import fails that never fails alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def loading() -> Iterator[None]:
    """Hold this around every import of ours that is not at the top of a file: there is no telling where it leads."""
    with _ONE_AT_A_TIME:
        yield
