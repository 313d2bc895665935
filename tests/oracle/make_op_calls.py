# SPDX-License-Identifier: Apache-2.0
"""Calls of the operators that have a rule, right and wrong: what exported programs call, the same with symbolic sizes,
and one change at a time (another dtype, rank, size or number, something missing).

`Calls(rules, folders)` reads the programs once; `of(rule)` gives the calls of one rule."""
import copy
import json
import pathlib
import random
import re
import zlib

import torch
from torch._export.serde.serialize import _SERIALIZE_TO_TORCH_DTYPE as SERIALIZE_TO_TORCH_DTYPE

from op_call import Call, Inputs, Symbol, TensorArg, contiguous_strides

OTHER_DTYPES = (torch.float32, torch.int64, torch.int32, torch.bool, torch.float16, torch.bfloat16, torch.float64, torch.complex64)


def target_of(rule):
    """A row's name as PyTorch spells the overload: "relu" is aten.relu.default."""
    namespace, _, name = rule.rpartition("::")
    packet, _, overload = name.partition(".")
    return f"{namespace or 'aten'}.{packet}.{overload or 'default'}"


# ---- What exported programs call

class ProgramCalls:
    """The calls of aten and other operators in one exported program (JSON), with sizes at their hints."""

    def __init__(self, document):
        self.graph = document["graph_module"]["graph"]

    def __iter__(self):
        for node in self.graph["nodes"]:
            if node["target"].startswith("torch.ops.") and "higher_order" not in node["target"]:
                try:
                    yield self.call(node)
                except (KeyError, TypeError):
                    continue  # an argument that has no text

    def call(self, node):
        args, kwargs = [], {}
        for given in node["inputs"]:
            value = self.value(given["arg"])
            if given.get("kind") == 2:
                kwargs[given["name"]] = value
            else:
                args.append(value)
        return Call(node["target"].removeprefix("torch.ops."), args, kwargs)

    def value(self, argument):
        (kind, body), = argument.items()
        if kind == "as_none":
            return None
        if kind == "as_tensor":
            return self.tensor(body["name"])
        if kind in ("as_tensors", "as_optional_tensors"):
            return [self.tensor(t["name"]) if "name" in t else self.value(t) for t in body]
        if kind == "as_sym_int":
            return self.number(body)
        if kind == "as_sym_ints":
            return list(map(self.number, body))
        if kind in ("as_int", "as_float", "as_bool", "as_string", "as_ints", "as_floats", "as_bools"):
            return float(body) if kind == "as_float" else body
        if kind == "as_scalar_type":
            return torch_dtype(body)
        if kind == "as_memory_format":
            return {1: torch.contiguous_format, 2: torch.channels_last, 3: torch.channels_last_3d, 4: torch.preserve_format}[body]
        if kind == "as_layout":
            return {7: torch.strided}[body]
        if kind == "as_device":
            return {"cpu": torch.device("cpu")}[body["type"]]
        if kind == "as_complex":
            return complex(body["real"], body["imag"])
        raise KeyError(kind)

    def number(self, body):
        return body["as_int"] if "as_int" in body else self.graph["sym_int_values"][body["as_name"]]["as_expr"]["hint"]["as_int"]

    def tensor(self, name):
        meta = self.graph["tensor_values"][name]
        sizes, strides = [list(map(hint, meta[k])) for k in ("sizes", "strides")]
        return TensorArg(torch_dtype(meta["dtype"]), sizes, None if strides == contiguous_strides(sizes) else strides)


def torch_dtype(number):
    return SERIALIZE_TO_TORCH_DTYPE[number]


def hint(size):
    return size["as_int"] if "as_int" in size else size["as_expr"]["hint"]["as_int"]


def from_programs(folders, wanted):
    """Operator to its calls, each text once; short programs first."""
    found = {}
    paths = [p for folder in folders for p in pathlib.Path(folder).rglob("*.json") if p.stat().st_size < 100_000]
    for path in sorted(paths, key=lambda p: p.stat().st_size):
        document = json.loads(path.read_text())
        if "graph_module" not in document:
            continue
        for call in ProgramCalls(document):
            if call.op in wanted and small(call):
                found.setdefault(call.op, {}).setdefault(str(call), call)
    return found


def spread(things, count):
    things = list(things)
    if len(things) <= count:
        return things
    return [things[i * len(things) // count] for i in range(count)]


# ---- Rules that the database does not reach

def siblings(target):
    """Operators whose arguments fit this one's, most alike first."""
    namespace, packet, overload = target.split(".")
    bare = packet.rstrip("_") if not packet.startswith("__") else packet
    names = [bare, f"special_{bare}", bare.removeprefix("special_"), bare + "_", f"_{bare}", bare.removeprefix("_"),
             bare.removeprefix("_foreach_")]
    return [f"{namespace}.{n}.{overload}" for n in names] + [f"aten.{n}.{overload}" for n in names]


PLAIN = {"int": [1, 0, 2], "SymInt": [1, 0, 2], "float": [0.5, 1.0], "bool": [False, True], "Scalar": [2, 0.5],
         "str": ["none", "mean"], "ScalarType": [torch.float32], "Layout": [torch.strided], "Device": [torch.device("cpu")], "MemoryFormat": [None],
         "number": [2]}
SHAPES = [(2, 3), (3,), (2, 2), (2, 3, 4), (), (2, 3, 4, 4), (4,), (2, 3, 4, 4, 4), (3, 3), (1,), (2, 2, 2)]


def from_schema(overload, rng):
    """A call with arguments of the declared types; what has a default is left out."""
    shape, dtype = rng.choice(SHAPES), rng.choice([torch.float32, torch.float32, torch.int64])
    args, kwargs = [], {}
    for argument in overload._schema.arguments:
        if argument.has_default_value():
            continue
        value = of_type(str(argument.real_type), shape, dtype, rng)
        if argument.kwarg_only:
            kwargs[argument.name] = value
        else:
            args.append(value)
    return Call(str(overload), args, kwargs)


def of_type(declared, shape, dtype, rng):
    optional = declared.startswith("Optional[") and declared.endswith("]")
    if optional:
        return None if rng.random() < 0.3 else of_type(declared[len("Optional["):-1], shape, dtype, rng)
    if declared.startswith("List["):
        inner = declared[len("List["):-1]
        count = 2 if inner in ("Tensor", "Optional[Tensor]") else rng.choice([1, 2, len(shape) or 1])
        return [of_type(inner, shape, dtype, rng) for _ in range(count)]
    if declared == "Tensor":
        if rng.random() < 0.25:
            shape = rng.choice(SHAPES)
        return TensorArg(torch.int64 if rng.random() < 0.15 else dtype, shape)
    return rng.choice(PLAIN.get(declared, [None]))


# ---- Changes

def leaves_of(call):
    """(container, key) of every argument in order, a list before its elements."""
    places = []
    for container, key in [(call.args, i) for i in range(len(call.args))] + [(call.kwargs, k) for k in call.kwargs]:
        places.append((container, key))
        if isinstance(container[key], list):
            places += [(container[key], i) for i in range(len(container[key]))]
    return places


def changes_of(value):
    """Other values for an argument, some of them wrong."""
    if isinstance(value, TensorArg):
        sizes = list(value.sizes)
        yield from (TensorArg(d, sizes, value.strides) for d in OTHER_DTYPES if d != value.dtype)
        yield from (TensorArg(value.dtype, other) for other in (sizes[:-1], [2, *sizes], [0, *sizes[1:]], [1, *sizes[1:]])
                    if other != sizes)
        for d in range(len(sizes)):
            yield TensorArg(value.dtype, sizes[:d] + [sizes[d] + 1] + sizes[d + 1:])
        if len(sizes) > 1:
            yield TensorArg(value.dtype, sizes, contiguous_strides(sizes[::-1])[::-1])
        yield 3
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (other for other in (value + 1, value - 1, 0, -1, 2 * value, 1, 9) if other != value)
    elif isinstance(value, float):
        yield from (-1.0, 0.0, 2)
    elif isinstance(value, str):
        yield "bad"
    elif isinstance(value, torch.dtype):
        yield from (d for d in OTHER_DTYPES if d != value)
    elif isinstance(value, list):
        yield value[:-1]
        yield value + value[-1:]


def changed(call):
    out = []
    for place in range(len(leaves_of(call))):
        container, key = leaves_of(call)[place]
        for value in changes_of(container[key]):
            other = copy.deepcopy(call)
            container_of, key_of = leaves_of(other)[place]
            container_of[key_of] = value
            out.append(other)
    if call.args:
        shorter = copy.deepcopy(call)
        shorter.args.pop()
        out.append(shorter)
    return out


# ---- Symbolic sizes

KINDS = ("all", "unbacked")


def symbolic(call, kind):
    """`kind`: "all", every size its own symbol; "unbacked", the leading one depends on data, equal ones
    alike."""
    out, inputs, shared = copy.deepcopy(call), Inputs(), {}

    def size(value, dim):
        if value < 2 or (kind == "unbacked" and dim > 0):
            return value
        if kind == "unbacked":
            return Symbol(shared.setdefault(value, f"u{len(shared)}"))
        return Symbol(inputs.fresh_name(value, dim), value)

    for container, key in leaves_of(out):
        tensor = container[key]
        if isinstance(tensor, TensorArg):
            if tensor.strides is None:
                tensor.sizes = tuple(size(s, d) for d, s in enumerate(tensor.sizes))
            inputs.tensors += 1
    return out


class Calls:
    def __init__(self, rules, folders):
        targets = list(map(target_of, rules))
        self.known = from_programs(folders, set(targets) | {s for t in targets for s in siblings(t)})

    def of(self, rule, changes, tries):
        target = target_of(rule)
        rng = random.Random(zlib.crc32(target.encode()))
        bases = self.bases(target, rng, tries)
        out = list(bases)
        out += [symbolic(base, kind) for base in bases[:1] for kind in KINDS]
        pool = [c for base in spread(bases, 4) for c in changed(base)]
        rng.shuffle(pool)
        out += pool[:changes]
        return list({str(c): c for c in out if small(c)}.values())

    def bases(self, target, rng, tries):
        for name in [target, *siblings(target)]:
            if name in self.known and (name == target or fits(target, name)):
                found = copy.deepcopy(list(self.known[name].values()))
                for call in found:
                    call.op = target
                return varied(found, rng, 3)
        try:
            overload = Call(target, [], {}).overload()
        except (AttributeError, RuntimeError):
            return []
        made = [from_schema(overload, rng) for _ in range(tries)]
        return list({str(c): c for c in made}.values())


def varied(calls, rng, count):
    """Some that differ in dtypes, numbers of dimensions and keywords."""
    kinds = {}
    for call in calls:
        kinds.setdefault(re.sub(r"\d+(?=[],])|'", "", str(call)), call)
    chosen = list(kinds.values())
    return chosen if len(chosen) <= count else rng.sample(chosen, count)


def fits(target, name):
    try:
        mine, other = Call(target, [], {}).overload()._schema, Call(name, [], {}).overload()._schema
    except (AttributeError, RuntimeError):
        return False
    return [str(a.real_type) for a in mine.arguments] == [str(a.real_type) for a in other.arguments]


def small(call):
    return len(str(call)) < 240
