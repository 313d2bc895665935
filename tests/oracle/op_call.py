# SPDX-License-Identifier: Apache-2.0
"""One call of an operator: its text in tests/ops/*.cases, and what PyTorch makes of it.

`answer` runs a call under the conditions of a non-strict re-export: fake tensors with symbolic sizes, make_fx before
dispatch, Python's min and max overridden, oneDNN off. docs/adding-an-operator.md describes the text."""
import ast
import contextlib
import math
import re
import signal

import torch
import torch.utils._pytree as pytree
from torch._dispatch.python import enable_python_dispatcher
from torch._dynamo.source import LocalSource, TensorProperty, TensorPropertySource
from torch._export.non_strict_utils import _NonStrictTorchFunctionHandler, _override_builtin_ops
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.export._trace import _ignore_backend_decomps
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv

DTYPES = {"u8": torch.uint8, "i8": torch.int8, "i16": torch.int16, "i32": torch.int32, "i64": torch.int64,
          "f16": torch.float16, "f32": torch.float32, "f64": torch.float64, "bf16": torch.bfloat16,
          "c32": torch.complex32, "c64": torch.complex64, "c128": torch.complex128, "bool": torch.bool,
          "u16": torch.uint16, "u32": torch.uint32, "u64": torch.uint64, "f8e4m3fn": torch.float8_e4m3fn,
          "f8e5m2": torch.float8_e5m2, "f8e4m3fnuz": torch.float8_e4m3fnuz, "f8e5m2fnuz": torch.float8_e5m2fnuz,
          "f8e8m0fnu": torch.float8_e8m0fnu}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
UNSUPPORTED = ("UnsupportedOperatorException", "UnsupportedFakeTensorException", "DataDependentOutputException",
               "DynamicOutputShapeException")
TENSOR_NAMES = ["x", "y", "z"]


class Symbol:
    """A size: `name`, and its hint where the text introduces it. Unbacked ones are called u<k>."""

    def __init__(self, name, hint=None):
        self.name, self.hint = name, hint

    def __str__(self):
        return self.name if self.hint is None else f"{self.name}:{self.hint}"


class TensorArg:
    def __init__(self, dtype, sizes, strides=None):
        self.dtype, self.sizes, self.strides = dtype, tuple(sizes), strides and tuple(strides)

    def __str__(self):
        text = f"{NAMES[self.dtype]}[{','.join(map(str, self.sizes))}]"
        return text if self.strides is None else f"{text}@({','.join(map(str, self.strides))})"


class Call:
    def __init__(self, op, args, kwargs):
        self.op, self.args, self.kwargs = op, list(args), dict(kwargs)

    def __str__(self):
        parts = [show(a) for a in self.args] + [f"{k}={show(v)}" for k, v in self.kwargs.items()]
        return f"{self.op}({', '.join(parts)})"

    def overload(self):
        namespace, packet, overload = self.op.split(".")
        return getattr(getattr(getattr(torch.ops, namespace), packet), overload)


def show(value):
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, str):
        return "'" + value + "'"
    if isinstance(value, complex):
        return f"complex({value.real!r}, {value.imag!r})"
    if isinstance(value, torch.device):
        return str(value).replace(":", "_")
    return str(value)


# ---- Reading

def read(text):
    node = ast.parse(text.replace("[]@", "[()]@").replace("[]", "[()]"), mode="eval").body
    op = ast.unparse(node.func)
    return Call(op, map(_value, node.args), {k.arg: _value(k.value) for k in node.keywords})


def _value(node):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        tensor = _value(node.left)
        tensor.strides = tuple(map(_size, node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]))
        return tensor
    if isinstance(node, ast.Subscript):
        sizes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return TensorArg(DTYPES[node.value.id], map(_size, sizes))
    if isinstance(node, ast.List):
        elements = [e for e in node.elts if not (isinstance(e, ast.Tuple) and not e.elts)]
        return list(map(_value, elements))
    if isinstance(node, ast.Call):
        return complex(*map(_value, node.args))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand)
    if isinstance(node, ast.Attribute):
        return getattr(torch, node.attr)
    if isinstance(node, ast.Name):
        if node.id in ("inf", "nan"):
            return float(node.id)
        if re.fullmatch(r"[su]\d+", node.id):
            return Symbol(node.id)
        return torch.device(node.id.replace("_", ":"))
    return node.value


def _size(node):
    if isinstance(node, ast.Slice):
        return Symbol(node.lower.id, node.upper.value)
    return _value(node)


# ---- Running

class Inputs:
    """The fake tensors and symbols of one call, made in order of its text."""

    def __init__(self):
        self.env = ShapeEnv(tracked_fakes=[], trace_asserts=True)
        self.mode = FakeTensorMode(shape_env=self.env, allow_non_fake_inputs=True, export=True)
        self.symbols, self.tensors = {}, 0

    def size(self, size, dim):
        if not isinstance(size, Symbol):
            return size
        if size.name not in self.symbols:
            self.symbols[size.name] = self.unbacked() if size.hint is None else self.backed(size, dim)
        return self.symbols[size.name]

    def unbacked(self):
        fresh = self.env.create_unbacked_symint()
        torch.fx.experimental.symbolic_shapes._constrain_range_for_size(fresh)
        self.env.pending_fresh_unbacked_symbols.clear()
        return fresh

    def backed(self, size, dim):
        source = self.source(dim)
        symbol = self.env.create_symbol(size.hint, source, DimDynamic.DYNAMIC, None)
        if str(symbol) != size.name:
            raise ValueError(f"{size} stands where PyTorch's name is {symbol}")
        return self.env.create_symintnode(symbol, hint=size.hint, source=source)

    def fresh_name(self, hint, dim):
        """What PyTorch calls the symbol of the next tensor's dimension."""
        return str(self.env.create_symbol(hint, self.source(dim), DimDynamic.DYNAMIC, None))

    def source(self, dim):
        return TensorPropertySource(LocalSource(tensor_name(self.tensors)), TensorProperty.SIZE, dim)

    def make(self, value):
        if isinstance(value, Symbol):
            return self.size(value, 0)
        if not isinstance(value, TensorArg):
            return value
        sizes = [self.size(s, d) for d, s in enumerate(value.sizes)]
        strides = contiguous_strides(sizes) if value.strides is None else [self.size(s, 0) for s in value.strides]
        self.tensors += 1
        with self.mode:
            return torch.empty_strided(sizes, strides, dtype=value.dtype)


def tensor_name(index):
    return TENSOR_NAMES[index] if index < len(TENSOR_NAMES) else f"t{index}"


def contiguous_strides(sizes):
    strides, running = [], 1
    for size in reversed(sizes):
        strides.append(running)
        running = running * (max(size, 1) if isinstance(size, int) else size)
    return strides[::-1]


class Slow(Exception):
    pass


@contextlib.contextmanager
def limit(seconds):
    def stop(*_):
        raise Slow()
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def answer(call, traced=False):
    """The right side: what PyTorch gives, or the error that it raises. None: it has none within its time.

    Where no symbol is about, the trace adds nothing to the call but time."""
    inputs = Inputs()
    flat, spec = pytree.tree_flatten((call.args, call.kwargs))
    values = [inputs.make(v) for v in flat]
    places = [i for i, v in enumerate(values) if isinstance(v, (torch.Tensor, torch.SymInt))]
    guards_before = len(inputs.env.guards)
    known = set(inputs.env.var_to_range)
    overload, result = call.overload(), []

    def run(*given):
        all_values = list(values)
        for place, value in zip(places, given):
            all_values[place] = value
        args, kwargs = pytree.tree_unflatten(all_values, spec)
        result.append(overload(*args, **kwargs))
        return [v for v in pytree.tree_leaves(result) if isinstance(v, torch.Tensor)]

    try:
        with limit(10), inputs.mode, _NonStrictTorchFunctionHandler(), _override_builtin_ops(), _ignore_backend_decomps(), enable_python_dispatcher():
            (make_fx(run, pre_dispatch=True) if traced or inputs.symbols else run)(*[values[i] for i in places])
    except Slow:
        return None
    except Exception as error:  # noqa: BLE001: it is the answer
        if not result:
            return error_text(error)
    text = shown(result[0], inputs.env) + conditions(inputs.env, guards_before, known)
    depends_on_data = len(inputs.env.var_to_range) > len(known)
    return answer(call, traced=True) if depends_on_data and not traced else text


def error_text(error):
    """Type and first line; Python's own types of one meaning are one here, as in ErrorType. What a schema declares is
    left out: ours knows no names of results."""
    line = str(error).strip().split("\n")[0].split(" Declaration: ")[0]
    name = "Unsupported" if type(error).__name__ in UNSUPPORTED else type(error).__name__
    return f"{name}: {' '.join(line.split())}"


def shown(value, env):
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown(v, env) for v in value) + "]"
    if isinstance(value, torch.Tensor):
        return shown_tensor(value)
    if isinstance(value, (torch.SymInt, torch.SymFloat, torch.SymBool)):
        return str(value.node.expr)
    return show(value)


def shown_number(size):
    return str(size.node.expr if isinstance(size, torch.SymInt) else size)


def shown_tensor(t):
    if t.layout is not torch.strided:
        return f"{t.layout}"
    sizes, strides = list(map(shown_number, t.size())), list(map(shown_number, t.stride()))
    text = f"{NAMES.get(t.dtype, t.dtype)}[{','.join(sizes)}]"
    if strides != list(map(shown_number, contiguous_strides(list(t.size())))):
        text += f"@({','.join(strides)})"
    offset = shown_number(t.storage_offset())
    text += "" if offset == "0" else f"+{offset}"
    return text + ("" if t.device.type == "cpu" else f" on {t.device}")


def bound(value):
    return "oo" if value >= 2**62 else "-oo" if value <= -2**62 else str(value)


def conditions(env, guards_before, known):
    """What the call taught the shape environment."""
    text = ""
    guards = [str(g.expr) for g in env.guards[guards_before:]]
    asserts = [str(a.expr) for pending in env.deferred_runtime_asserts.values() for a in pending]
    fresh = [f"{bound(r.lower)} <= {s} <= {bound(r.upper)}" for s, r in env.var_to_range.items()
             if s not in known and re.fullmatch(r"u\d+", str(s))]
    for word, things in (("if", guards), ("asserting", asserts), ("with", fresh)):
        if things:
            text += f" {word} " + "; ".join(things)
    return text
