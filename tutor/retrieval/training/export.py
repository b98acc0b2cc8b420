"""The trained encoder as one ONNX graph: token ids in, a unit-length vector out.

Texts are run one at a time, so the graph needs neither padding nor a mask. As shipped, the input rows are int8 with one
scale per row, and the body's matrices int8 with one scale per channel, in a range of seven bits: then no product can
saturate on processors without VNNI instructions, and every processor computes the same.
"""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from tutor.retrieval.encoder import MANIFEST, MAX_TOKENS
from tutor.retrieval.training.fusing import fused
from tutor.retrieval.training.teacher import DIMENSION

OPSET = 18
LARGE = 1024  # numbers; smaller constants stay float32
ROWS = "rows.weight"  # the name that the input rows get in the graph


class SentenceGraph(torch.nn.Module):
    """MiniLM with all its rows, mean pooling and normalisation."""

    def __init__(self, body: torch.nn.Module, rows: np.ndarray) -> None:
        super().__init__()
        self.body = copy.deepcopy(body)
        self.body.set_submodule("embeddings.word_embeddings", torch.nn.Identity())  # `rows` take its place
        self.rows = torch.nn.Embedding.from_pretrained(torch.from_numpy(rows))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Vectors (n, 384) of texts of equal length, `ids` int64 (n, tokens)."""
        hidden = self.body(inputs_embeds=self.rows(ids)).last_hidden_state
        return torch.nn.functional.normalize(hidden.mean(1), dim=1)


def float_graph(body: torch.nn.Module, rows: np.ndarray) -> onnx.ModelProto:
    """The graph in float32; `rows` (words and pieces, width) are the input rows of every id."""
    module = SentenceGraph(body, rows).eval()
    tokens = torch.export.Dim("tokens", min=2, max=MAX_TOKENS)
    program = torch.onnx.export(
        module,
        (torch.arange(12).unsqueeze(0),),
        input_names=["ids"],
        output_names=["vectors"],
        dynamic_shapes=({1: tokens},),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    return _without_traces(program.model_proto)


def _without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """The exporter notes the source file and line of every node; that belongs to the machine, not to the model."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    return model


def compact(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with int8 input rows and every other large constant in float16, both read as float32."""
    small = onnx.ModelProto()
    small.CopyFrom(model)
    graph = small.graph
    large = [c for c in graph.initializer if c.data_type == TensorProto.FLOAT and np.prod(c.dims) >= LARGE]
    for constant in large:
        graph.initializer.remove(constant)
        if constant.name == ROWS:
            _store_rows(graph, numpy_helper.to_array(constant))
        else:
            half = numpy_helper.to_array(constant).astype(np.float16)
            graph.initializer.append(numpy_helper.from_array(half, constant.name + "/half"))
            widen = helper.make_node("Cast", [constant.name + "/half"], [constant.name], to=TensorProto.FLOAT)
            graph.node.insert(0, widen)
    onnx.checker.check_model(small)
    return small


def _store_rows(graph: onnx.GraphProto, rows: np.ndarray) -> None:
    """Replace the lookup of float32 `rows` by one of int8 rows, scaled after they are looked up."""
    scale = np.abs(rows).max(axis=1, keepdims=True).clip(1e-12) / 127
    graph.initializer.append(numpy_helper.from_array(np.round(rows / scale).astype(np.int8), "rows/int8"))
    graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), "rows/scale"))
    place, lookup = next((k, node) for k, node in enumerate(graph.node) if node.input[:1] == [ROWS])
    ids, found = lookup.input[1], lookup.output[0]
    graph.node.remove(lookup)
    for node in (
        helper.make_node("Mul", ["rows/float", "rows/scales"], [found]),
        helper.make_node("Gather", ["rows/scale", ids], ["rows/scales"]),
        helper.make_node("Cast", ["rows/whole"], ["rows/float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["rows/int8", ids], ["rows/whole"]),
    ):
        graph.node.insert(place, node)


def integer_body(model: onnx.ModelProto, heads: int, folder: Path) -> onnx.ModelProto:
    """The compact graph with the body's matrices in int8, its activations quantised while it runs, and its nodes fused.

    `heads` are those of its attention; `folder` is for intermediate files.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    source, target = folder / "float.onnx", folder / "integer.onnx"
    onnx.save(model, source)
    quantize_dynamic(
        source,
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"],
    )
    return fused(compact(onnx.load(target)), heads)


def write_model(folder: Path, model: onnx.ModelProto, tokenizer: str, facts: dict[str, Any]) -> None:
    """Write what `EmbeddedEncoder` loads: the graph, the tokenizer, and the manifest with `facts` added."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"model.onnx": model.SerializeToString(deterministic=True), "tokenizer.json": tokenizer.encode()}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    manifest = {
        "dimension": DIMENSION,
        "bytes": {name: len(content) for name, content in contents.items()},
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        **facts,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
