"""The strategies are LlamaIndex node parsers, loaded late, and reach for nothing outside."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import Document, MetadataMode, NodeRelationship, TextNode

from indexing.chunking.strategies import Strategy, make_parser
from tests.indexing.chunking.trials import GUESS, MINILM, paragraphs


@pytest.mark.parametrize("strategy", Strategy)
def test_a_strategy_works_in_a_pipeline(strategy: Strategy) -> None:
    parser = make_parser(strategy, MINILM, chunk_size=128, chunk_overlap=20)
    assert isinstance(parser, NodeParser)
    text = "\n\n".join(paragraphs(random.Random(1), 20) * 2)  # everything is said twice: the second time is the second
    nodes = IngestionPipeline(transformations=[parser]).run(documents=[Document(text=text, metadata={"of": "us"})])
    starts = []
    for node in nodes:
        assert isinstance(node, TextNode)
        assert node.start_char_idx is not None
        assert node.text == text[node.start_char_idx : node.end_char_idx]
        assert node.metadata["of"] == "us"
        assert "tokens" not in node.get_content(MetadataMode.EMBED)
        starts.append(node.start_char_idx)
    assert starts == sorted(set(starts))
    assert starts[-1] > len(text) * 0.9
    assert nodes[0].next_node is not None
    assert nodes[0].next_node.node_id == nodes[1].node_id
    assert NodeRelationship.SOURCE in nodes[0].relationships


def test_a_model_of_unknown_vocabulary_is_estimated_on_the_safe_side() -> None:
    assert MINILM.exact
    assert not GUESS.exact
    text = " ".join(paragraphs(random.Random(2), 20))
    assert MINILM.count(text) < GUESS.count(text) < 3 * MINILM.count(text)


OUTSIDE = """
import asyncio, socket, sys

def refuse(*_):
    raise AssertionError("something reached for the network")

from app.wiring.models import token_counters
from indexing.chunking.strategies import Strategy, chunk_text
from indexing.extraction.text import ExtractedText

assert not any(name.startswith("llama_index") for name in sys.modules), "loaded before it was asked for"
counter = token_counters().of("local", "minilm")
text = ExtractedText("A word and another. " * 4000, (), language="python")

async def all_of_them():
    socket.socket.connect = socket.getaddrinfo = refuse
    for strategy in Strategy:
        assert await chunk_text(text, strategy, 64, 10, counter)

asyncio.run(all_of_them())
assert not {"nltk", "tiktoken", "torch", "transformers"} & set(sys.modules), "loaded what is never needed"
"""


def test_nothing_is_fetched_and_nothing_loaded_that_would_fetch() -> None:
    ended = subprocess.run([sys.executable, "-c", OUTSIDE], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr


def test_a_server_starts_without_llama_index() -> None:
    said = "import sys; import app.serving; assert not any(name.startswith('llama_index') for name in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
