"""Ground floor, inference: MiniLM's graph as a file, built once and loaded by every process after."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.inference.backends.embedded.minilm.graph import build
from app.inference.backends.embedded.minilm.weights import WEIGHTS_SHA256, ModelFiles
from app.inference.errors import BackendError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

VERSION = "1"  # raise it when the graph changes: files of another version are not read
TAGS = {"scaigrid.graph": VERSION, "scaigrid.weights": WEIGHTS_SHA256}


@dataclass(frozen=True, slots=True)
class GraphCache:
    """The folder of the built graph, and how to open a session on it."""

    folder: Path
    files: ModelFiles
    threads: int  # there may be in all

    @property
    def path(self) -> Path:
        """The file of this version of the graph with these weights."""
        return self.folder / f"minilm-{VERSION}-{WEIGHTS_SHA256[:16]}.onnx"

    def open(self, threads: int) -> InferenceSession:
        """Load the graph, building it first if it is not there or not whole; each of its runs has so many threads."""
        if self.path.is_file():
            session = self._load(threads)
            if session is not None:
                return session
        self._build()
        session = self._load(threads)
        if session is None:
            raise BackendError(f"The graph of local/minilm cannot be loaded from {self.path}.")
        return session

    def _load(self, threads: int) -> InferenceSession | None:
        import onnxruntime as ort  # noqa: PLC0415 - heavy: a server nobody asks for vectors never pays for it

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spinning threads would starve the event loop they share the cores with.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The runtime's errors share no base class; a file it cannot read is built anew.
        states = ort.capi.onnxruntime_pybind11_state
        unreadable = (
            states.Fail,
            states.InvalidProtobuf,
            states.InvalidGraph,
            states.NoSuchFile,
            states.NotImplemented,
        )
        try:
            session = ort.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
        except unreadable:
            return None
        found = session.get_modelmeta().custom_metadata_map
        return session if all(found.get(name) == value for name, value in TAGS.items()) else None

    def _build(self) -> None:
        # A name of its own and a rename: two processes building at once each leave a whole file.
        draft = self.path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with draft.open("xb") as file:
                file.write(build(self.files.verified_weights(), tags=TAGS).SerializeToString())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            raise BackendError(f"The graph of local/minilm cannot be kept in {self.folder}: {error}.") from error
        finally:
            with suppress(OSError):
                draft.unlink()
