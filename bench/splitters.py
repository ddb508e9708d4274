"""How fast texts are cut, beside LlamaIndex's SentenceSplitter with the same bound and the same tokenizer."""

from __future__ import annotations

import gc
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from llama_index.core.node_parser import NodeParser, SentenceSplitter
from llama_index.core.schema import BaseNode, Document

from app.inference.backends.embedded.minilm.pieces import MARKS, WordPieces
from app.inference.backends.embedded.minilm.weights import ModelFiles
from app.inference.counting import WordCounter
from app.wiring.models import token_counters
from indexing.chunking.strategies import Strategy, make_parser

SIZE, OVERLAP = 512, 50
ROUNDS = 5
DOCUMENTS, CHARACTERS = 40, 50_000
_ROOT = Path(__file__).parent.parent
_SENTENCE = re.compile(r"[^.!?]+[.!?]*\s*")


def run() -> str:
    """Cut the same documents with each splitter in turn, round by round."""
    documents = _documents()
    megabytes = sum(len(document.text.encode()) for document in documents) / 1e6
    splitters = _splitters()
    rates: dict[str, list[float]] = {name: [] for name in splitters}
    counts: dict[str, list[int]] = {}
    gc.collect()
    gc.freeze()  # nobody pays for looking through what was imported
    for _ in range(ROUNDS):
        for name, make in splitters.items():
            splitter = make()
            began = time.process_time()
            nodes = splitter.get_nodes_from_documents(documents)
            rates[name].append(megabytes / (time.process_time() - began))
            counts[name] = _tokens(nodes)
    gc.unfreeze()
    return _table(rates, counts, megabytes)


def _documents() -> list[Document]:
    """The project's own texts, shuffled into documents of about one size."""
    found = sorted([*_ROOT.glob("docs/**/*.md"), *_ROOT.glob("app/demo/documents/**/*.md")])
    texts = [path.read_text(encoding="utf-8") for path in found]
    among = random.Random(1)  # noqa: S311 - the same documents every time
    documents = []
    for _ in range(DOCUMENTS):
        text = ""
        while len(text) < CHARACTERS:
            text += among.choice(texts) + "\n\n"
        documents.append(Document(text=text))
    return documents


def _splitters() -> dict[str, Callable[[], NodeParser]]:
    pieces = WordPieces(ModelFiles.installed())
    tokenizer = pieces.load()

    def theirs() -> NodeParser:
        return SentenceSplitter(
            chunk_size=SIZE,
            chunk_overlap=OVERLAP,
            tokenizer=lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
            chunking_tokenizer_fn=_SENTENCE.findall,
        )

    def ours(strategy: Strategy) -> Callable[[], NodeParser]:
        # A counter of its own each round: nothing is known yet of these words.
        return lambda: make_parser(
            strategy,
            WordCounter(pieces.lengths, exact=True, marks=MARKS),
            chunk_size=SIZE,
            chunk_overlap=OVERLAP,
        )

    named = (Strategy.FIXED, Strategy.PARAGRAPH, Strategy.MARKDOWN)
    return {"SentenceSplitter": theirs, **{strategy.value: ours(strategy) for strategy in named}}


def _tokens(nodes: Sequence[BaseNode]) -> list[int]:
    counter = token_counters().of("local", "minilm")
    return [counter.count(node.get_content()) for node in nodes]


def _table(rates: dict[str, list[float]], counts: dict[str, list[int]], megabytes: float) -> str:
    base = statistics.median(rates["SentenceSplitter"])
    rows = [
        f"| {name} | {statistics.median(found):.1f} | {statistics.median(found) / base:.1f} | {len(counts[name])} | "
        f"{statistics.mean(counts[name]):.0f} | {max(counts[name])} |"
        for name, found in rates.items()
    ]
    return "\n".join(
        [
            f"{DOCUMENTS} documents, {megabytes:.1f} MB of this project's own texts, as LlamaIndex node parsers: at "
            f"most {SIZE} tokens of local/minilm a chunk, {OVERLAP} of overlap, every splitter counting with that "
            f"model's own tokenizer and none with words remembered from the round before. Medians of {ROUNDS} rounds.",
            "",
            "| splitter | MB per CPU second | times | chunks | tokens a chunk | largest |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )
