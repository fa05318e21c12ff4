"""Times of networks in PyTorch, one thread, for bench/networks.ts: FOLDER holds cases.json and the networks as .onnx.

The networks are rebuilt from their nodes (torch functions of the same names), weights as constants.
"""

import json
import sys
import time
from pathlib import Path

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

torch.set_num_threads(1)


def pads(attributes, rank):
    widths = attributes.get("pads", [0] * (2 * rank))
    return [width for axis in reversed(range(rank)) for width in (widths[axis], widths[axis + rank])]


def conv(attributes, x, w, b=None):
    rank = w.dim() - 2
    sides = pads(attributes, rank)
    f = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    options = {
        "stride": tuple(attributes.get("strides", [1] * rank)),
        "dilation": tuple(attributes.get("dilations", [1] * rank)),
        "groups": attributes.get("group", 1),
    }
    even = all(sides[2 * i] == sides[2 * i + 1] for i in range(rank))
    if even:
        return f(x, w, b, padding=tuple(reversed(sides[::2])), **options)
    return f(F.pad(x, sides), w, b, **options)


def transposed(attributes, x, w, b=None):
    rank = w.dim() - 2
    f = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]
    stride, extra = attributes.get("strides", [1] * rank), attributes.get("output_padding", [0] * rank)
    y = f(x, w, b, tuple(stride), 0, tuple(extra), attributes.get("group", 1), tuple(attributes.get("dilations", [1] * rank)))
    return F.pad(y, [-width for width in pads(attributes, rank)])


def max_pool(attributes, x):
    rank = x.dim() - 2
    if any(attributes.get("pads", [0])):
        raise NotImplementedError("padding")
    f = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]
    return f(x, tuple(attributes["kernel_shape"]), tuple(attributes.get("strides", [1] * rank)))


def slices(x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes.tolist()
    index = [slice(None)] * x.dim()
    for i, axis in enumerate(axes):
        index[axis] = slice(int(starts[i]), int(ends[i]), 1 if steps is None else int(steps[i]))
    return x[tuple(index)]


def gemm(attributes, a, b, c=None):
    a = a.T if attributes.get("transA") else a
    b = b.T if attributes.get("transB") else b
    return a @ b if c is None else torch.addmm(c, a, b)


OPERATORS = {
    "Add": lambda n, a, b: a + b, "Sub": lambda n, a, b: a - b, "Mul": lambda n, a, b: a * b, "Div": lambda n, a, b: a / b,
    "Relu": lambda n, x: F.relu(x), "Tanh": lambda n, x: torch.tanh(x), "Sigmoid": lambda n, x: torch.sigmoid(x),
    "Erf": lambda n, x: torch.erf(x), "Identity": lambda n, x: x, "MatMul": lambda n, a, b: a @ b, "Gemm": gemm, "Conv": conv,
    "Concat": lambda n, *xs: torch.cat(xs, n["axis"]), "Slice": lambda n, *a: slices(*a),
    "ConvTranspose": transposed, "MaxPool": max_pool, "Softplus": lambda n, x: F.softplus(x),
    "Unsqueeze": lambda n, x, s: x.unsqueeze(int(s[0])), "Squeeze": lambda n, x, s: x.squeeze(int(s[0])),
    "Reshape": lambda n, x, s: x.reshape([int(e) for e in s]), "Transpose": lambda n, x: x.permute(n["perm"]),
    "Flatten": lambda n, x: x.flatten(n.get("axis", 1)), "Elu": lambda n, x: F.elu(x, n.get("alpha", 1.0)),
    "LeakyRelu": lambda n, x: F.leaky_relu(x, n.get("alpha", 0.01)),
    "Expand": lambda n, x, s: x.expand(torch.broadcast_shapes(x.shape, [int(e) for e in s])),
}  # fmt: skip


def build(path):
    graph = onnx.load(path).graph
    weights = {tensor.name: torch.tensor(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
    unknown = {node.op_type for node in graph.node} - set(OPERATORS) - {"Constant"}
    if unknown:
        return None
    steps = []
    for node in graph.node:
        attributes = {own.name: onnx.helper.get_attribute_value(own) for own in node.attribute}
        if node.op_type == "Constant":
            weights[node.output[0]] = torch.tensor(numpy_helper.to_array(attributes["value"]))
        else:
            steps.append((OPERATORS[node.op_type], attributes, list(node.input), node.output[0]))
    [name] = [value.name for value in graph.input if value.name not in weights]
    output = graph.output[0].name

    def run(x):
        values = {**weights, name: x}
        for f, attributes, inputs, result in steps:
            values[result] = f(attributes, *[values.get(own) for own in inputs])
        return values[output]

    return run


def median(run):
    start = time.perf_counter()
    count = 0
    while count < 2 or (time.perf_counter() - start < 0.3 and count < 2000):
        run()
        count += 1
    repeat = max(1, int(0.01 * count / (time.perf_counter() - start)))
    samples = []
    for _ in range(11):
        start = time.perf_counter()
        for _ in range(repeat):
            run()
        samples.append((time.perf_counter() - start) / repeat * 1000)
    return sorted(samples)[5]


def measure(folder):
    result = {}
    for case in json.loads((folder / "cases.json").read_text()):
        run = build(folder / case["file"])
        if run is None:
            continue
        x = torch.randn(case["shape"])
        with torch.no_grad():
            y = run(x)
            forward = median(lambda: run(x))
        cotangent = torch.randn_like(y)

        def adjoint():
            leaf = x.detach().requires_grad_()
            torch.autograd.grad(run(leaf), leaf, cotangent)

        result[case["name"]] = {"forward": forward, "vjp": median(adjoint)}
    return result


if __name__ == "__main__":
    print("\n" + json.dumps(measure(Path(sys.argv[1]))))
