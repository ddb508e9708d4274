"""Ground floor, inference: MiniLM's forward pass written as an ONNX graph, from its weights alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto, TensorProto

LAYERS = 6
HEADS = 12
WIDTH = 384
EPSILON = 1e-12  # of the layer norms, from the model's config.json
OPSET = 20  # the first with Gelu
IR_VERSION = 10  # onnx would stamp a newer one than the runtime reads


def build(weights: Path, *, tags: dict[str, str]) -> ModelProto:
    """Make the model: ids and mask [batch, length] in, unit vectors [batch, 384] out; `tags` travel in its metadata."""
    from onnx import TensorProto, helper  # noqa: PLC0415 - needed once per machine, then the file is there
    from safetensors.numpy import load_file  # noqa: PLC0415

    drawing = _Drawing(load_file(str(weights)))
    _pooling(drawing, _encoder(drawing))
    shape = ["batch", "length"]
    graph = helper.make_graph(
        drawing.nodes,
        "minilm",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("ids", "mask")],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", WIDTH])],
        drawing.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    helper.set_model_props(model, tags)
    return model


class _Drawing:
    """Collects nodes and constants; names each result after the node that makes it."""

    def __init__(self, tensors: dict[str, NDArray[np.float32]]) -> None:
        self.tensors = tensors
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def node(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node with one result and name that result."""
        from onnx import helper  # noqa: PLC0415

        name = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: Any, kind: str = "float32") -> str:
        """Add a constant and name it."""
        import numpy as np  # noqa: PLC0415
        from onnx import numpy_helper  # noqa: PLC0415

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=kind), name))
        return name

    def dense(self, source: str, prefix: str, *, scale: float = 1.0) -> str:
        """Add a linear layer."""
        weight, bias = self.tensors[f"{prefix}.weight"], self.tensors[f"{prefix}.bias"]
        product = self.node("MatMul", source, self.constant(weight.T * scale))
        return self.node("Add", product, self.constant(bias * scale))

    def norm(self, source: str, prefix: str) -> str:
        """Add a layer normalisation over the last axis."""
        weight, bias = (self.constant(self.tensors[f"{prefix}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", source, weight, bias, axis=-1, epsilon=EPSILON)


def _encoder(drawing: _Drawing) -> str:
    hidden = _embeddings(drawing)
    bias = _attention_bias(drawing)
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        attended = drawing.dense(_attention(drawing, hidden, bias, prefix), f"{prefix}.attention.output.dense")
        hidden = drawing.norm(drawing.node("Add", attended, hidden), f"{prefix}.attention.output.LayerNorm")
        inner = drawing.node("Gelu", drawing.dense(hidden, f"{prefix}.intermediate.dense"))
        outer = drawing.dense(inner, f"{prefix}.output.dense")
        hidden = drawing.norm(drawing.node("Add", outer, hidden), f"{prefix}.output.LayerNorm")
    return hidden


def _embeddings(drawing: _Drawing) -> str:
    tensors = drawing.tensors
    words = drawing.node("Gather", drawing.constant(tensors["embeddings.word_embeddings.weight"]), "ids")
    # Every token is of the first type, so that row is folded into the positions.
    places = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
    # Slice and not Gather(Range): onnxruntime 1.31 rewrites the latter into a Slice it then refuses to run.
    length = drawing.node("Shape", "ids", start=1, end=2)
    positions = drawing.node(
        "Slice", drawing.constant(places), drawing.constant([0], "int64"), length, drawing.constant([0], "int64")
    )
    return drawing.norm(drawing.node("Add", words, positions), "embeddings.LayerNorm")


def _attention_bias(drawing: _Drawing) -> str:
    """Zero where there is a token, hugely negative where there is padding: [batch, 1, 1, length]."""
    mask = drawing.node("Cast", "mask", to=1)
    absent = drawing.node("Sub", drawing.constant(1.0), mask)
    bias = drawing.node("Mul", absent, drawing.constant(-1e9))
    return drawing.node("Unsqueeze", bias, drawing.constant([1, 2], "int64"))


def _attention(drawing: _Drawing, hidden: str, bias: str, prefix: str) -> str:
    split = drawing.constant([0, 0, HEADS, WIDTH // HEADS], "int64")

    def heads(part: str, order: list[int], scale: float = 1.0) -> str:
        flat = drawing.dense(hidden, f"{prefix}.attention.self.{part}", scale=scale)
        return drawing.node("Transpose", drawing.node("Reshape", flat, split), perm=order)

    query = heads("query", [0, 2, 1, 3], scale=(WIDTH // HEADS) ** -0.5)
    scores = drawing.node("MatMul", query, heads("key", [0, 2, 3, 1]))
    shares = drawing.node("Softmax", drawing.node("Add", scores, bias), axis=-1)
    mixed = drawing.node("MatMul", shares, heads("value", [0, 2, 1, 3]))
    together = drawing.node("Transpose", mixed, perm=[0, 2, 1, 3])
    return drawing.node("Reshape", together, drawing.constant([0, 0, WIDTH], "int64"))


def _pooling(drawing: _Drawing, hidden: str) -> None:
    """The mean over the real tokens; its length is taken out, so the number of tokens needs no division."""
    mask = drawing.node("Unsqueeze", drawing.node("Cast", "mask", to=1), drawing.constant([2], "int64"))
    total = drawing.node("ReduceSum", drawing.node("Mul", hidden, mask), drawing.constant([1], "int64"), keepdims=0)
    length = drawing.node("ReduceL2", total, drawing.constant([1], "int64"), keepdims=1)
    drawing.node("Div", total, drawing.node("Max", length, drawing.constant(1e-12)), out="vectors")
