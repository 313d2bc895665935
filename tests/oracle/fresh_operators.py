"""Programs of one operator: samples of PyTorch's operator database at random dtypes and, where they still run, other sizes."""
import re
import torch
import torch.utils._pytree as pytree
from torch.export import Dim, export

DTYPES = [torch.float32, torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.complex64]


class Operator(torch.nn.Module):
    """One call of an operator with its tensors as inputs, the rest baked in."""

    def __init__(self, function, args, kwargs):
        super().__init__()
        flat, self.spec = pytree.tree_flatten((args, kwargs))
        self.function = function
        self.slots = [None if isinstance(x, torch.Tensor) else x for x in flat]
        self.places = [i for i, x in enumerate(flat) if isinstance(x, torch.Tensor)]

    def forward(self, *ts):
        flat = list(self.slots)
        for place, tensor in zip(self.places, ts):
            flat[place] = tensor
        args, kwargs = pytree.tree_unflatten(flat, self.spec)
        return self.function(*args, **kwargs)


def resized(rng, module, tensors):
    """The tensors with every size above 1 replaced, equal sizes alike; as they were where the operator refuses that."""
    sizes = sorted({n for t in tensors for n in t.shape if n > 1})
    other = {n: n + rng.choice([1, 2, 5]) for n in sizes}
    changed = tuple(torch.zeros([other.get(n, n) for n in t.shape], dtype=t.dtype) for t in tensors)
    try:
        module(*[t.clone() for t in changed])
        return changed
    except Exception:
        return tensors


def one(rng, op):
    dtype = rng.choice([d for d in DTYPES if d in op.dtypes] or [next(iter(op.dtypes))])
    sample = rng.choice(list(op.sample_inputs("cpu", dtype, requires_grad=False)))
    arguments = (sample.input, *sample.args), sample.kwargs
    tensors = tuple(x for x in pytree.tree_leaves(arguments) if isinstance(x, torch.Tensor))
    module = Operator(op.op, *arguments)
    if rng.random() < 0.5:
        tensors = resized(rng, module, tensors)
    dynamic = rng.random() < 0.5
    spec = {"ts": tuple({i: Dim.AUTO for i in range(t.dim())} for t in tensors)} if dynamic else None
    return f"op.{op.name}.{'auto' if dynamic else 'static'}", export(module, tensors, dynamic_shapes=spec)


def programs(rng, count, only=""):
    from torch.testing._internal.common_methods_invocations import op_db
    rows = [op for op in op_db if re.search(only, op.name)]
    while count > 0 and rows:
        try:
            name, program = one(rng, rng.choice(rows))
        except Exception:  # not every sample exports
            continue
        yield f"{name}.{count}", program
        count -= 1
