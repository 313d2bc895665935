#!/usr/bin/env python3
"""Does PyTorch load what retrace writes, and is it what retrace read?

    load_written.py RETRACE PROGRAM.json...

For each program: `retrace show --json` must equal it as a JSON document, and PyTorch's schema objects of both must be
equal. For each `check --emit` of it, every written export must load as an ExportedProgram whose graph lints.
Needs torch 2.13; where there is none the test is skipped (exit 77).
"""
import json, subprocess, sys, tempfile, pathlib

try:
    import torch
    import torch.utils._pytree as pytree
    from torch._export.serde import schema
    from torch._export.serde.serialize import ExportedProgramDeserializer, _bytes_to_dataclass, deserialize_scalar_type
except ImportError:
    print("SKIPPED: no PyTorch")
    sys.exit(77)


def hint(size):
    """A plain number for a recorded size; without a hint any will do."""
    if "as_int" in size:
        return size["as_int"]
    recorded = size["as_expr"].get("hint")
    return next(iter(recorded.values())) if recorded else 2


def state_of(doc):
    """Parameters, buffers and constants of the recorded shapes, empty."""
    state, constants = {}, {}
    values = doc["graph_module"]["graph"]["tensor_values"]
    for spec in doc["graph_module"]["signature"]["input_specs"]:
        ((kind, body),) = spec.items()
        if kind not in ("parameter", "buffer", "tensor_constant"):
            continue
        meta = values[body["arg"]["name"]]
        tensor = torch.empty_strided([hint(s) for s in meta["sizes"]], [hint(s) for s in meta["strides"]],
                                     dtype=deserialize_scalar_type(schema.ScalarType(meta["dtype"])), device="meta")
        if kind == "parameter":
            state[body["parameter_name"]] = torch.nn.Parameter(tensor, requires_grad=meta["requires_grad"])
        elif kind == "buffer":
            (state if body["persistent"] else constants)[body["buffer_name"]] = tensor
        else:
            constants[body["tensor_constant_name"]] = tensor
    return state, constants


def register_containers(text):
    """A stand-in for each container type that only the exporting library registers."""
    while True:
        try:
            return pytree.treespec_loads(text)
        except NotImplementedError as error:
            name = str(error).split(" ")[1]
            stand_in = type(name.rsplit(".", 1)[-1], (), {})
            pytree.register_pytree_node(stand_in, lambda o: ((), None), lambda children, context: stand_in(),
                                        serialized_type_name=name, to_dumpable_context=lambda c: c,
                                        from_dumpable_context=lambda c: c)


def load(text):
    doc = json.loads(text)
    for entry in doc["graph_module"]["module_call_graph"]:
        if entry["signature"]:
            register_containers(entry["signature"]["in_spec"])
            register_containers(entry["signature"]["out_spec"])
    program = _bytes_to_dataclass(schema.ExportedProgram, text)
    state, constants = state_of(doc)
    exported = ExportedProgramDeserializer().deserialize(program, state, constants, None)
    exported.graph.lint()
    return exported


def check(retrace, path):
    recorded = path.read_bytes()
    written = subprocess.run([retrace, "show", "--json", path], capture_output=True, check=True).stdout
    assert json.loads(recorded) == json.loads(written), "another JSON document"
    assert _bytes_to_dataclass(schema.ExportedProgram, recorded) == _bytes_to_dataclass(schema.ExportedProgram, written)
    load(written)
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([retrace, "check", path, "--emit", directory, "-q"], capture_output=True)
        emitted = sorted(pathlib.Path(directory).glob("export*.json"))
        for one in emitted:
            load(one.read_bytes())
    return len(emitted)


def main():
    retrace, bad = sys.argv[1], 0
    for name in sys.argv[2:]:
        try:
            print(f"ok {name} ({check(retrace, pathlib.Path(name))} exports)")
        except Exception as error:
            bad += 1
            print(f"FAILED {name}: {type(error).__name__}: {str(error)[:500]}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
