"""Attention and GELU of an exported graph as single operators of onnxruntime.

The exporter writes them as some forty small nodes a layer, whose overhead is a third of the time of a question. What
they compute stays the same; only the order of additions differs.
"""

from collections.abc import Iterator

import onnx
from onnx import NodeProto, helper

DOMAIN = "com.microsoft"  # onnxruntime's own operators, on all its processors


def fused(model: onnx.ModelProto, heads: int) -> onnx.ModelProto:
    """The same model with every attention of `heads` heads and every GELU in one node.

    Texts come one at a time and whole: the mask that the exporter writes hides nothing and goes.

    Raises:
        ValueError: the graph has none of the nodes that the exporter writes for attention or for GELU.
    """
    small = onnx.ModelProto()
    small.CopyFrom(model)
    graph = _Graph(small.graph)
    attentions = [graph.attention(node, heads) for node in graph.of("Softmax")]
    activations = [graph.gelu(node) for node in graph.of("Erf")]
    if not attentions or not activations:
        raise ValueError("the graph has no attention or no GELU as torch.onnx.export writes them")
    graph.replace([*attentions, *activations])
    small.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    del small.graph.value_info[:]  # of nodes that are gone
    onnx.checker.check_model(small)
    return small


class _Graph:
    """A graph with the makers and the users of its values."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._maker = {name: node for node in graph.node for name in node.output}

    def of(self, kind: str) -> list[NodeProto]:
        return [node for node in self._graph.node if node.op_type == kind]

    def attention(self, softmax: NodeProto, heads: int) -> NodeProto:
        """softmax(q kᵀ / √d + mask) v, with the projections q, k, v as they are before they are split into heads."""
        product = self._above(softmax.input[0], "Add", "MatMul")
        query, key = (self._source(name) for name in product.input)
        weighted = self._below(softmax.output[0], "Where", "MatMul")  # weights that are no numbers count as zero
        merged = self._below(weighted.output[0], "Transpose", "Reshape")
        inputs = [query, key, self._source(weighted.input[1])]
        return helper.make_node("MultiHeadAttention", inputs, merged.output, domain=DOMAIN, num_heads=heads)

    def gelu(self, erf: NodeProto) -> NodeProto:
        """x (1 + erf(x / √2)) / 2."""
        argument = self._maker[erf.input[0]].input[0]
        product = self._below(erf.output[0], "Add", "Mul", "Mul")
        return helper.make_node("Gelu", [argument], product.output, domain=DOMAIN)

    def replace(self, nodes: list[NodeProto]) -> None:
        """Put each node where the one with the same output stood; what nothing uses any more goes."""
        places = {id(node): k for k, node in enumerate(self._graph.node)}
        for node in nodes:
            place = places[id(self._maker[node.output[0]])]
            self._graph.node[place].CopyFrom(node)
        while dead := [node for node in self._graph.node if not set(node.output) & self._used()]:
            for node in dead:
                self._graph.node.remove(node)
        used = self._used()
        for constant in [one for one in self._graph.initializer if one.name not in used]:
            self._graph.initializer.remove(constant)

    def _used(self) -> set[str]:
        return {name for node in self._graph.node for name in node.input} | {one.name for one in self._graph.output}

    def _above(self, name: str, *kinds: str) -> NodeProto:
        """The last of a chain of nodes of `kinds`, followed up through first inputs from the value `name`."""
        node = self._maker[name]
        for kind, then in zip(kinds, (*kinds[1:], None), strict=True):
            assert node.op_type == kind
            node = self._maker[node.input[0]] if then else node
        return node

    def _below(self, name: str, *kinds: str) -> NodeProto:
        """The last of a chain of nodes of `kinds`, followed down from the value `name`."""
        node = None
        for kind in kinds:
            node = next(user for user in self._users(name) if user.op_type == kind)
            name = node.output[0]
        assert node is not None
        return node

    def _users(self, name: str) -> Iterator[NodeProto]:
        return (node for node in self._graph.node if name in node.input)

    def _source(self, name: str) -> str:
        """The value before it was scaled, split into heads and turned."""
        while self._maker[name].op_type in ("Mul", "Transpose", "Reshape"):
            name = self._maker[name].input[0]
        return name
