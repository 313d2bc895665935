#!/usr/bin/env python3
"""Writes tests/data/higher_order: small programs with higher-order operators, and some whose guards and assertions are
hard to read back, with PyTorch 2.13's re-export of each.

    hop_cases.py SHARED_DIR RETRACE

An expected side is the digest of PyTorch's program (by `retrace hash`), or the export that fails. Needs torch==2.13.0.
"""
import json, logging, pathlib, subprocess, sys, tempfile, warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import torch
from torch import nn
from torch.export import Dim, export
from torch._export.serde.serialize import serialize
from torch._higher_order_ops import map, scan, while_loop
from torch._higher_order_ops.associative_scan import associative_scan, associative_scan_op
from torch._higher_order_ops.foreach_map import _foreach_map
from torch._higher_order_ops.inline_asm_elementwise import inline_asm_elementwise
from torch._higher_order_ops.invoke_subgraph import mark_compile_region

from fresh_cases import strip

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "higher_order"
hop = torch.ops.higher_order


class Layers(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.a, self.b, self.function = nn.Linear(4, 4), nn.Linear(4, 4), function
        self.register_buffer("scale", torch.ones(4))
        self.shift, self.offset = torch.ones(4), torch.ones(4)

    def forward(self, *inputs):
        return self.function(self, *inputs)


@mark_compile_region
def region(x):
    return x.sin() * 2


def cond_lifts(m, x):
    return torch.cond(x.sum() > 0, lambda x: m.a(x) + m.scale, lambda x: m.b(x) * 2, (x,))


def cond_items(m, x):
    def yes(x):
        size = x.sum().int().item()
        torch._check(size >= 0)
        return torch.ones(size).sum() + x
    return torch.cond(x.sum() > 0, yes, lambda x: x * 2, (x,))


def cond_without_grad(m, x):
    def yes(x):
        with torch.no_grad():
            y = m.a(x)
        return y + m.a(x)
    return torch.cond(x.sum() > 0, yes, lambda x: x.sin(), (x,))


def loop_with_parameters(m, x):
    start = (torch.zeros((), dtype=torch.int64), x)
    return while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, m.a(x)), start)


def maps_of_cond(m, x):
    return map(lambda r: torch.cond(r.sum() > 0, lambda r: r + 1, lambda r: r - 1, (r,)), x)


def scan_with_parameters(m, x):
    return scan(lambda c, r: (m.a(c) + r, c + 1), torch.zeros(4), x)


def associative(m, x):
    return associative_scan_op(lambda a, b: [a + b], [x.cos()], ())[0] * 2


def associative_generic(m, x):
    return associative_scan(lambda a, b: a + b, x, 0, combine_mode="generic")


def autocast(m, x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = m.a(x)
        z = torch.einsum("ij,kj->ik", x, y)
    return y, z, torch.softmax(y, -1)


def hints(m, x):
    return hop.hints_wrapper(lambda s, x: x.cos(), (m.scale, x), {}, hints={"level": 1, "name": "x"}) + 1


def wider_result(m, x):
    return hop.out_dtype(torch.ops.aten.mul.Scalar, torch.float64, x, 2.0)


def region_in_cond(m, x):
    return torch.cond(x.sum() > 0, lambda x: region(x), lambda x: region(x + 1), (x,))


def foreach_maps(m, x):
    a, b = _foreach_map(lambda a, b: (a + b, a * b), x, m.scale)
    return _foreach_map(lambda a: (a.t(),), a)[0], b


def assembly(m, x):
    y = inline_asm_elementwise(x.t(), m.scale[:, None], asm_str="add.f32 $0, $1, $2;", constraints="=f,f,f", dtype=torch.float64)
    return y * 2


def cond_known_number(m, x):
    n = x.sum().int().item()
    torch._check(n == 4)
    return torch.cond(x.sum() > 0, lambda x: x * n, lambda x: x - n, (x,))


def asserted_product(m, x, y):
    return x.reshape(-1) + y


def longest(m, x, y, z):
    return nn.utils.rnn.pad_sequence([x, y, z], batch_first=True)


def rounded_size(m, x):
    return x[int(round((x.shape[0] - 3) / 2.0)):]


def number_that_is_known(m, x, n):
    assert n == 3
    return x * n


def numbers_nobody_takes(m, n, k, x):
    torch._check(n < 20)
    return x + 1 if k == x.shape[0] and n == 2 * x.shape[1] else x


def number_twice_a_size(m, n, x):
    torch._check(n < 20)
    return x * n if n == x.shape[0] * 2 else x


def chosen_that_are_known(m, x):
    n = x[x > 0].shape[0]
    torch._check(n >= 4)
    torch._check(n <= 4)
    return torch.zeros(n).view(-1, 2), x * n


def marked_that_are_known(m, x):
    n = (x > -100).nonzero().shape[0]
    torch._check(n > 0)
    torch._check(n == 4)
    return torch.ones(n, 3).select(0, n - 1), x.repeat(n, 1)


def constants_alone(m):
    return torch.tensor([1, 2, 3]), torch.tensor([4, 5, 6])


def constants_side_by_side(m):
    return m.shift + m.offset


def plain_results(m, x):
    kind = torch.ops.aten.promote_types(torch.float32, torch.int64)
    return x * kind + torch.ops.aten.is_same_size(x, x)


def out_forms(m, x):
    y = torch.empty_like(x)
    torch.add(x, m.scale, out=y)
    torch.mean(x, 0, out=m.scale)
    return torch.exp(y, out=y)


def out_form_that_grows(m, x):
    return torch.exp(x, out=torch.empty(0))


def constant_inside_vmap(m, x):
    return torch.vmap(lambda row: row * m.shift)(x)


def matrices_inside_vmap(m, x):
    squares = x.unsqueeze(1) * x.unsqueeze(2)
    return torch.vmap(torch.trace)(squares), torch.vmap(torch.kron)(squares, squares)


def pieces_inside_vmap(m, x):
    return torch.vmap(lambda row: row.chunk(2)[1])(x)


def channels_inside_vmap(m, x):
    squares = x.unsqueeze(1) * x.unsqueeze(2)
    return torch.vmap(lambda s: nn.functional.batch_norm(s, m.scale, m.scale))(squares), torch.vmap(lambda row: row[:0].repeat(2))(x)


def observed(m, x):
    one = torch.ones(1)
    helper = torch.ops.aten._fused_moving_avg_obs_fq_helper_functional
    out = helper(m.a.weight, one.long(), one.long(), one, one, one, one.int(), 0.01, 0, 255, -1)
    m.scale.copy_(out[4].expand(4))
    return out[0] * x.sum()


FUNCTIONS = [cond_lifts, cond_items, cond_without_grad, loop_with_parameters, maps_of_cond, scan_with_parameters,
             associative, associative_generic, autocast, hints, wider_result, region_in_cond, foreach_maps, assembly]
AUTO, DYNAMIC = Dim.AUTO, Dim.DYNAMIC
DEFERRED = {"prefer_deferred_runtime_asserts_over_guards": True}
PROGRAMS = [  # function, sizes of inputs (or the input), dynamic shapes, options of the export ("ranges": recorded instead)
    *((function, [(3, 4)], ({0: AUTO},), {}) for function in FUNCTIONS),
    (cond_known_number, [(3, 4)], ({0: AUTO},), {"strict": True}),
    (asserted_product, [(4, 3), (12,)], ({0: DYNAMIC, 1: DYNAMIC}, {0: Dim("n", min=4)}), DEFERRED),
    (longest, [(5, 2), (4, 2), (3, 2)], ({0: AUTO},) * 3, {}),
    (rounded_size, [(12, 2)], ({0: AUTO},), {}),
    (number_that_is_known, [(4, 2), 3], (None, AUTO), {}),
    (numbers_nobody_takes, [10, 3, (3, 5)], (AUTO, AUTO, {0: AUTO, 1: AUTO}), {}),
    (number_twice_a_size, [12, (6, 2)], (AUTO, {0: AUTO}), {"ranges": {"s35": {"min_val": 2, "max_val": None}}}),
    (chosen_that_are_known, [(9,)], (None,), {}),
    (marked_that_are_known, [(4,)], (None,), {"strict": True}),
    (constants_alone, [], (), {}),
    (constants_side_by_side, [], (), {"strict": True}),
    (plain_results, [(3, 4)], ({0: AUTO},), {}),
    (out_forms, [(3, 4)], ({0: AUTO},), {}),
    (out_form_that_grows, [(3, 4)], ({0: AUTO},), {}),
    (constant_inside_vmap, [(3, 4)], ({0: AUTO},), {}),
    (matrices_inside_vmap, [(3, 4)], ({0: AUTO},), {}),
    (pieces_inside_vmap, [(3, 5)], ({0: AUTO, 1: AUTO},), {}),
    (channels_inside_vmap, [(3, 4)], ({0: AUTO},), {}),
    (observed, [(3, 4)], ({0: AUTO},), {}),
]


def main():
    shared, retrace = sys.argv[1:]
    sys.path.insert(0, f"{shared}/oracle")
    import oracle
    DATA.mkdir(exist_ok=True)
    cases = []
    for function, sizes, dims, options in PROGRAMS:
        torch.manual_seed(0)
        inputs = tuple(torch.randn(size) if isinstance(size, tuple) else size for size in sizes)
        arguments = {k: v for k, v in options.items() if k != "ranges"}
        program = export(Layers(function).eval(), inputs, dynamic_shapes=(dims,) if sizes else None, **arguments)
        path, document = DATA / f"{function.__name__}.json", strip(json.loads(serialize(program).exported_program))
        document["range_constraints"] |= options.get("ranges", {})
        path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
        for strict in (False, True):
            with tempfile.TemporaryDirectory() as made:
                answer = oracle.run({"model": str(path), "strict": strict, "spec": "infer", "chain": 2, "out": f"{made}/{{k}}.json"})
                torch._dynamo.reset()
                exports = 2 if answer["ok"] else answer["step"] - 1
                digests = [subprocess.run([retrace, "hash", f"{made}/{k + 1}.json"], capture_output=True, text=True,
                                          check=True).stdout.split()[0] for k in range(exports)]
            cases.append({"program": path.name, "strict": strict, "hashes": digests, "fails": not answer["ok"]})
    (DATA / "expected.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
