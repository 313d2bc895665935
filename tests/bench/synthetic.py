#!/usr/bin/env python3
"""Synthetic programs in torch.export's JSON, for how time and memory grow.

    synthetic.py write OUT.json --size N [--kind KIND] [--width W] [--metadata BYTES]
    synthetic.py scale RETRACE [--sizes 1000 10000 100000] [--kind KIND] [--width W] [--metadata BYTES]

Kinds, of N operators in all:
    chain     W inputs of fixed sizes, each through its own chain
    symbols   the same with a symbol an input
    derived   the same with the inputs' sizes s0, s0 + 1, s0 + 2, ...
    sizes     a chain of size arithmetic, whose end is the size of a tensor
    nested    regions inside regions, N deep (a reader takes 64)

--metadata gives each operator so many bytes of stack trace, as real programs have: a million of 520 are 1 GiB.
`scale` prints a row a size: time an operator of the check inside the process, and of the processor for the whole
command (which a busy machine disturbs less); peak memory beside the file's size. A check may take --limit GiB of memory.
"""
import argparse, json, os, resource, subprocess, sys, tempfile


def number(i):
    return {"as_int": i}


def tensor(size):
    return {"dtype": 7, "sizes": [size, number(8)], "requires_grad": False, "device": {"type": "cpu", "index": None},
            "strides": [number(8), number(1)], "storage_offset": number(0), "layout": 7}


def named(name):
    return {"as_tensor": {"name": name}}


def node(name, target, inputs, outputs, single=None):
    arguments = [{"name": formal, "arg": arg, "kind": 1} for formal, arg in inputs]
    return {"target": target, "inputs": arguments, "outputs": outputs, "metadata": {},
            "is_hop_single_tensor_return": single, "name": name}


def elementwise(name, step, last, first):
    if step % 2 == 0:
        return node(name, "torch.ops.aten.relu.default", [("self", named(last))], [named(name)])
    return node(name, "torch.ops.aten.add.Tensor", [("self", named(last)), ("other", named(first))], [named(name)])


def size_of(text, hint):
    return {"as_expr": {"expr_str": text, "hint": number(hint)}}


def chains(count, width, size):
    """Inputs with their sizes, then nodes and values one by one, then outputs."""
    depth = max(1, count // width)
    inputs = [(f"x{i}", tensor(size(i))) for i in range(width)]

    def nodes():
        for i in range(width):
            last = f"x{i}"
            for step in range(depth):
                name = f"{('relu', 'add')[step % 2]}_{i * depth + step + 1}"
                yield elementwise(name, step, last, f"x{i}"), name, tensor(size(i))
                last = name

    return inputs, nodes, [f"{('relu', 'add')[(depth - 1) % 2]}_{(i + 1) * depth}" for i in range(width)]


def size_chain(count):
    inputs = [("x0", tensor(size_of("s0", 5)))]

    def nodes():
        symbolic = {"as_sym_int": {"as_name": "sym_size_int"}}
        read = node("sym_size_int", "torch.ops.aten.sym_size.int", [("self", named("x0")), ("dim", number(0))], [symbolic])
        yield read, "sym_size_int", size_of("s0", 5)
        last = "sym_size_int"
        for i in range(1, count + 1):
            name = f"add_{i}"
            operands = [("a", {"as_sym_int": {"as_name": last}}), ("b", number(1))]
            yield node(name, "_operator.add", operands, [{"as_sym_int": {"as_name": name}}]), name, size_of(f"s0 + {i}", 5 + i)
            last = name
        sizes = {"as_sym_ints": [{"as_name": last}, {"as_int": 8}]}
        yield (node("new_zeros", "torch.ops.aten.new_zeros.default", [("self", named("x0")), ("size", sizes)], [named("new_zeros")]),
               "new_zeros", tensor(size_of(f"s0 + {count}", 5 + count)))

    return inputs, nodes, ["new_zeros"]


def region(depth):
    """A graph of one input with `depth` regions inside one another."""
    body = {"inputs": [named("a")], "outputs": [named("relu")], "nodes": [elementwise("relu", 0, "a", "a")],
            "tensor_values": {"a": tensor(number(4)), "relu": tensor(number(4))}}
    for _ in range(depth):
        body.update(sym_int_values={}, sym_bool_values={}, sym_float_values={}, custom_obj_values={}, is_single_tensor_return=False)
        inputs = [("", {"as_bool": False}), ("", {"as_graph": {"name": "submod_1", "graph": body}}), ("", named("a"))]
        body = {"inputs": [named("a")], "outputs": [named("relu")],
                "nodes": [node("relu", "torch.ops.higher_order.wrap_with_set_grad_enabled", inputs, [named("relu")], False)],
                "tensor_values": {"a": tensor(number(4)), "relu": tensor(number(4))}}
    return body


def nested(depth):
    outer = region(depth)
    outer["nodes"][0]["inputs"][2 if depth else 0]["arg"] = named("x0")
    return [("x0", tensor(number(4)))], lambda: iter([(outer["nodes"][0], "relu", tensor(number(4)))]), ["relu"]


def parts(kind, count, width):
    if kind == "sizes":
        return size_chain(count)
    if kind == "nested":
        return nested(count)
    sizes = {"chain": lambda i: number(4), "symbols": lambda i: size_of(f"s{i}", i + 5),
             "derived": lambda i: size_of("s0" if i == 0 else f"s0 + {i}", i + 5)}
    return chains(count, width, sizes[kind])


def leaves(count):
    return [{"type": None, "context": None, "children_spec": []}] * count


def spec(kind, children, context="null"):
    return {"type": f"builtins.{kind}", "context": context, "children_spec": children}


def tail(inputs, outputs, ranges):
    """All but the graph."""
    names = [name for name, _ in inputs]
    signature = {"input_specs": [{"user_input": {"arg": named(x)}} for x in names],
                 "output_specs": [{"user_output": {"arg": named(o)}} for o in outputs]}
    in_spec = json.dumps([1, spec("tuple", [spec("tuple", leaves(len(names))), spec("dict", [], "[]")])])
    out_spec = json.dumps([1, spec("tuple", leaves(len(outputs)))])
    entry = {"fqn": "", "signature": {"inputs": [], "outputs": [], "in_spec": in_spec, "out_spec": out_spec,
                                      "forward_arg_names": names}}
    module = {"signature": signature, "module_call_graph": [entry], "metadata": {}, "treespec_namedtuple_fields": {}}
    program = {"opset_version": {"aten": 10}, "range_constraints": {s: {"min_val": 2, "max_val": 1 << 20} for s in ranges},
               "schema_version": {"major": 8, "minor": 20}, "verifiers": ["TRAINING"], "torch_version": "2.13.0", "guards_code": []}
    return module, program


def write_list(out, items, render):
    for i, item in enumerate(items):
        out.write((", " if i else "") + render(item))


def write(path, kind, count, width, metadata=0):
    """Node by node: a million of them do not fit in memory as Python objects."""
    inputs, nodes, outputs = parts(kind, count, width)
    ranges = {"chain": [], "nested": [], "symbols": [f"s{i}" for i in range(len(inputs))]}.get(kind, ["s0"])
    if kind == "derived":
        ranges += [f"s0 + {i}" for i in range(1, len(inputs))]
    module, program = tail(inputs, outputs, ranges)
    is_tensor = lambda value: "dtype" in value
    with open(path, "w") as out:
        out.write('{"graph_module": {"graph": {"inputs": ' + json.dumps([named(x) for x, _ in inputs]))
        out.write(', "outputs": ' + json.dumps([named(o) for o in outputs]) + ', "nodes": [')
        trace = {"stack_trace": "x" * metadata} if metadata else {}
        write_list(out, nodes(), lambda item: json.dumps({**item[0], "metadata": trace}))
        out.write('], "tensor_values": {')
        tensors = (pair for source in (inputs, (item[1:] for item in nodes())) for pair in source if is_tensor(pair[1]))
        write_list(out, tensors, lambda pair: f"{json.dumps(pair[0])}: {json.dumps(pair[1])}")
        out.write('}, "sym_int_values": {')
        write_list(out, (item[1:] for item in nodes() if not is_tensor(item[2])), lambda pair: f"{json.dumps(pair[0])}: {json.dumps(pair[1])}")
        out.write('}, "sym_bool_values": {}, "is_single_tensor_return": false, "custom_obj_values": {}, "sym_float_values": {}}, ')
        out.write(json.dumps(module)[1:] + ", " + json.dumps(program)[1:])


def measured(retrace, path, kind, limit):
    """The result, the peak and the processor's seconds. A small program starts the check: a child begins with the peak of
    what it was forked from."""
    shapes = {"chain": "static", "nested": "static", "derived": "named"}.get(kind, "infer")
    command = ["/usr/bin/time", "-f", "%M %U %S", retrace, "check", path, "--shapes", shapes, "--recorded", "ignore",
               "--timing", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit << 30, limit << 30)))
    if not done.stdout:
        sys.exit(done.stderr)
    kilobytes, user, system = done.stderr.split()[-3:]
    return json.loads(done.stdout)["results"][0], int(kilobytes) * 1024, float(user) + float(system)


def scale(retrace, sizes, kind, width, metadata, limit):
    print("| operators | file MB | verdict | read, rebuild, export 1, export 2, hash: us an operator | all | processor | peak / file |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as directory:
        for size in sizes:
            path = os.path.join(directory, "program.json")
            write(path, kind, size, width, metadata)
            result, peak, processor = measured(retrace, path, kind, limit)
            times, length = result["timing"], os.path.getsize(path)
            parts = [f"{times[k + '_ns'] / size / 1e3:.2f}" for k in ("read", "rebuild", "export1", "export2", "hash")]
            print(f"| {size} | {length / 1e6:.1f} | {result.get('verdict')} | {', '.join(parts)} | "
                  f"{times['total_ns'] / size / 1e3:.2f} | {processor / size * 1e6:.2f} | {peak / length:.1f} |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("action", choices=["write", "scale"]); p.add_argument("path")
    p.add_argument("--kind", choices=["chain", "symbols", "derived", "sizes", "nested"], default="chain")
    p.add_argument("--size", type=int, default=1000); p.add_argument("--width", type=int, default=1)
    p.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000, 100000])
    p.add_argument("--metadata", type=int, default=0); p.add_argument("--limit", type=int, default=12)
    a = p.parse_args()
    if a.action == "write":
        write(a.path, a.kind, a.size, a.width, a.metadata)
    else:
        scale(a.path, a.sizes, a.kind, a.width, a.metadata, a.limit)


if __name__ == "__main__":
    sys.exit(main())
