#!/usr/bin/env python3
"""Synthetic programs in torch.export's JSON, for how time and memory grow.

    synthetic.py write OUT.json --depth D --width W [--symbols]      W inputs, each through a chain of D operators
    synthetic.py scale RETRACE [--sizes 1000 10000 100000] [--width W] [--symbols]

`scale` prints a row a size: time an operator of the check inside the process, peak memory beside the file's size.
"""
import argparse, json, os, subprocess, sys, tempfile


def number(i):
    return {"as_int": i}


def tensor(size):
    return {"dtype": 7, "sizes": [size, number(8)], "requires_grad": False, "device": {"type": "cpu", "index": None},
            "strides": [number(8), number(1)], "storage_offset": number(0), "layout": 7}


def named(name):
    return {"as_tensor": {"name": name}}


def node(name, target, operands):
    inputs = [{"name": formal, "arg": named(value), "kind": 1} for formal, value in zip(("self", "other"), operands)]
    return {"target": target, "inputs": inputs, "outputs": [named(name)], "metadata": {},
            "is_hop_single_tensor_return": None, "name": name}


def leaves(count):
    return [{"type": None, "context": None, "children_spec": []}] * count


def spec(kind, children, context="null"):
    return {"type": f"builtins.{kind}", "context": context, "children_spec": children}


def program(depth, width, symbols):
    inputs = [f"x{i}" for i in range(width)]
    values, nodes, outputs = {}, [], []
    for i, last in enumerate(inputs):
        size = {"as_expr": {"expr_str": f"s{i}", "hint": number(i + 5)}} if symbols else number(4)
        values[last] = tensor(size)
        for step in range(depth):
            name = f"{('relu', 'add')[step % 2]}_{i * depth + step + 1}"
            target = ("torch.ops.aten.relu.default", "torch.ops.aten.add.Tensor")[step % 2]
            nodes.append(node(name, target, [last] if step % 2 == 0 else [last, inputs[i]]))
            values[name] = tensor(size)
            last = name
        outputs.append(last)
    in_spec = json.dumps([1, spec("tuple", [spec("tuple", leaves(width)), spec("dict", [], "[]")])])
    out_spec = json.dumps([1, spec("tuple", leaves(width))])
    graph = {"inputs": [named(x) for x in inputs], "outputs": [named(o) for o in outputs], "nodes": nodes,
             "tensor_values": values, "sym_int_values": {}, "sym_bool_values": {}, "is_single_tensor_return": False,
             "custom_obj_values": {}, "sym_float_values": {}}
    signature = {"input_specs": [{"user_input": {"arg": named(x)}} for x in inputs],
                 "output_specs": [{"user_output": {"arg": named(o)}} for o in outputs]}
    entry = {"fqn": "", "signature": {"inputs": [], "outputs": [], "in_spec": in_spec, "out_spec": out_spec,
                                      "forward_arg_names": inputs}}
    ranges = {f"s{i}": {"min_val": 2, "max_val": 1 << 20} for i in range(width)} if symbols else {}
    return {"graph_module": {"graph": graph, "signature": signature, "module_call_graph": [entry], "metadata": {},
                             "treespec_namedtuple_fields": {}},
            "opset_version": {"aten": 10}, "range_constraints": ranges, "schema_version": {"major": 8, "minor": 20},
            "verifiers": ["TRAINING"], "torch_version": "2.13.0", "guards_code": []}


def write(path, depth, width, symbols):
    with open(path, "w") as out:
        json.dump(program(depth, width, symbols), out)


def measured(retrace, path, symbols):
    command = [retrace, "check", path, "--shapes", "infer" if symbols else "static", "--timing", "--format", "json"]
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        out.seek(0)
        result = json.load(out)["results"][0]
    return result, usage.ru_maxrss * 1024


def scale(retrace, sizes, width, symbols):
    print("| operators | file MB | verdict | read, export 1, export 2, hash: us an operator | all | peak / file |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as directory:
        for size in sizes:
            path = os.path.join(directory, "program.json")
            write(path, max(1, size // width), width, symbols)
            result, peak = measured(retrace, path, symbols)
            times, length = result["timing"], os.path.getsize(path)
            parts = [f"{times[k + '_ns'] / size / 1e3:.2f}" for k in ("read", "export1", "export2", "hash")]
            print(f"| {size} | {length / 1e6:.1f} | {result.get('verdict')} | {', '.join(parts)} | "
                  f"{times['total_ns'] / size / 1e3:.2f} | {peak / length:.1f} |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("action", choices=["write", "scale"]); p.add_argument("path")
    p.add_argument("--depth", type=int, default=1000); p.add_argument("--width", type=int, default=1)
    p.add_argument("--symbols", action="store_true")
    p.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000, 100000])
    a = p.parse_args()
    if a.action == "write":
        write(a.path, a.depth, a.width, a.symbols)
    else:
        scale(a.path, a.sizes, a.width, a.symbols)


if __name__ == "__main__":
    sys.exit(main())
