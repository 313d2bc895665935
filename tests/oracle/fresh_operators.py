"""Programs of one operator, reference or module: samples of PyTorch's databases at random dtypes and, where they still run, other sizes."""
import functools, random, re
import torch
import torch.utils._pytree as pytree
from torch.export import Dim, export

DTYPES = [torch.float32, torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.uint8,
          torch.bool, torch.complex64, torch.complex128]


class Call(torch.nn.Module):
    """One call of a function with its tensors as inputs, the rest baked in."""

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
    """The tensors with every size above 1 replaced, equal sizes alike; as they were where the function refuses that."""
    sizes = sorted({n for t in tensors for n in t.shape if n > 1})
    other = {n: rng.choice([n + 1, n + 2, n + 5, n, 1, 0]) for n in sizes}
    changed = tuple(torch.zeros([other.get(n, n) for n in t.shape], dtype=t.dtype) for t in tensors)
    try:
        module(*[t.clone() for t in changed])
        return changed
    except Exception:
        return tensors


def a_dtype(rng, allowed):
    return rng.choice([d for d in DTYPES if d in allowed] or [next(iter(allowed))])


def operator_call(op, rng):
    sample = rng.choice(list(op.sample_inputs("cpu", a_dtype(rng, op.dtypes), requires_grad=False)))
    return op.op, (sample.input, *sample.args), sample.kwargs


def module_call(info, rng):
    dtype, training = a_dtype(rng, info.dtypes), rng.choice([True, False])
    samples = info.module_inputs_func(info, device="cpu", dtype=dtype, requires_grad=False, training=training)
    sample = rng.choice(list(samples))
    made = sample.constructor_input
    module = info.module_cls(*made.args, **made.kwargs).to(dtype if dtype.is_floating_point or dtype.is_complex else None)
    return module.train(training), sample.forward_input.args, sample.forward_input.kwargs


def databases():
    """Each row's name and how to make a call of it."""
    from torch.testing._internal.common_methods_invocations import op_db, python_ref_db
    from torch.testing._internal.common_modules import module_db
    for op in [*op_db, *python_ref_db]:
        yield op.name + "." * bool(op.variant_test_name) + op.variant_test_name, functools.partial(operator_call, op)
    for info in module_db:
        yield "module." + info.module_cls.__name__, functools.partial(module_call, info)


def exported(rng, make):
    function, args, kwargs = make(rng)
    tensors = tuple(x for x in pytree.tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor))
    module = Call(function, args, kwargs)
    if rng.random() < 0.5:
        tensors = resized(rng, module, tensors)
    dynamic = rng.random() < 0.7
    spec = {"ts": tuple({i: Dim.AUTO for i in range(t.dim())} for t in tensors)} if dynamic else None
    return "auto" if dynamic else "static", export(module, tensors, dynamic_shapes=spec)


def tried(rng, name, make, label):
    """The row's program; None where the sample does not export."""
    try:
        kind, program = exported(rng, make)
    except Exception:
        return None
    return f"op.{name}.{kind}.{label}", program


def programs(rng, count, only=""):
    """As many programs of rows drawn at random."""
    rows = [row for row in databases() if re.search(only, row[0])]
    while count > 0 and rows:
        made = tried(rng, *rng.choice(rows), count)
        if made:
            yield made
            count -= 1


def programs_of_each(seed, count, only=""):
    """Each row tried as many times; a row's programs do not depend on which other rows are asked for."""
    for name, make in databases():
        for k in range(count if re.search(only, name) else 0):
            made = tried(random.Random(f"{seed}.{name}.{k}"), name, make, k)
            if made:
                yield made
