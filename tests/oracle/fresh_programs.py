"""Small programs: data-dependent sizes, control flow, mutated state, containers as inputs, derived dimensions, modes.

Many share a line because they are many; each is one thing that an export has to get right.
"""
import collections, copy, math, re
import torch
import torch.nn.functional as F
from torch import nn, Tensor
from torch.export import Dim, export
from torch._higher_order_ops.map import map as hop_map
from torch._higher_order_ops.scan import scan
from torch._higher_order_ops.while_loop import while_loop
from torch._higher_order_ops.associative_scan import associative_scan

import fresh_calls

cond, r, i64 = torch.cond, torch.randn, torch.int64
A, D = Dim.AUTO, Dim.DYNAMIC
b, l = Dim("b", min=2, max=64), Dim("l", min=4, max=128)
ALL = []   # (name, module, inputs, keyword inputs, dynamic shapes)


class Fn(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, *inputs):
        return self.f(*inputs)


def fn(inputs, ds=None):
    """A function as a program: static, with AUTO for all dims, and with the given dims."""
    def register(f):
        auto = tuple({i: A for i in range(x.dim())} if isinstance(x, Tensor) else None for x in inputs)
        for label, dims in (("static", None), ("auto", (auto,)), ("given", (ds,))):
            if label != "given" or ds is not None:
                ALL.append((f"{f.__name__}.{label}", Fn(f), inputs, None, dims))
        return f
    return register


def mod(inputs, ds=None, kwargs=None):
    """A module as a program."""
    def register(module):
        ALL.append((module.__name__, module(), inputs, kwargs, ds))
        return module
    return register


# ---- data dependent
@fn((torch.tensor(5), r(10, 3)))
def item_narrow(n, x):
    k = n.item(); torch._check(k >= 0); torch._check(k <= x.shape[0])
    return x.narrow(0, 0, k).sum(0), x[:k]
@fn((torch.tensor([3, 4]),))
def tolist_sizes(x):
    a, c = x.tolist(); torch._check(a >= 2); torch._check(c >= 2)
    return torch.zeros(a, c) + 1, torch.ones(a + c).view(-1)
@fn((torch.tensor([3, 4, 5]), r(12, 2)))
def split_sizes(x, y):
    s = x.tolist()
    for k in s: torch._check(k >= 0)
    torch._check(s[0] + s[1] + s[2] == y.shape[0])
    return torch.split(y, s)
@fn((r(4, 5), torch.tensor([[True, False, True, False, True]] * 4)))
def masked_pick(x, m): return x[m], x.masked_select(m).sum(), m.nonzero()
@fn((torch.tensor([1, 2, 2, 3]),))
def uniq(x):
    u, inv, cnt = torch.unique(x, return_inverse=True, return_counts=True)
    return u * 2, inv, cnt, u.shape[0] + 1
@fn((torch.tensor([1, 2, 2, 3]), r(4, 3)))
def rep_inter(n, x): return torch.repeat_interleave(x, n, dim=0).relu(), torch.repeat_interleave(n)
@fn((torch.tensor(4.5), r(3)))
def item_float(f, x): return x * f.item(), x + math.floor(2.5), x / (f.item() + 1)
@fn((torch.tensor(True), r(3)))
def item_bool_check(p, x):
    torch._check(p.item()); return x + 1
@fn((r(6, 4),))
def nonzero_reshape(x):
    n = x.nonzero(); torch._check(n.shape[0] > 2); return n.t(), n.reshape(-1), n[0]
@fn((torch.tensor(6), r(6)))
def check_eq_size(n, x):
    k = n.item(); torch._check(k == x.shape[0]); return torch.arange(k) + x
@fn((torch.tensor(6), torch.tensor(7)))
def unbacked_arith(n, m):
    a, c = n.item(), m.item(); torch._check(a >= 1); torch._check(c >= 1); torch._check(a < c)
    return torch.zeros(a * c), torch.ones(c - a, 2), torch.full((a + 2 * c,), 1.5), torch.arange(0, 3 * a, 3)
@fn((torch.tensor(8),))
def unbacked_mod(n):
    k = n.item(); torch._check(k >= 4); torch._check(k % 4 == 0); return torch.zeros(k).view(4, k // 4), torch.zeros(k).reshape(-1, 4)
@fn((torch.tensor(8), r(4)))
def unbacked_expand(n, x):
    k = n.item(); torch._check(k >= 0); return x.expand(k, 4), x.repeat(k), x.unsqueeze(0).expand(k, -1).sum()
@fn((torch.tensor(2), r(5, 4)))
def unbacked_index(n, x):
    k = n.item(); torch._check(k >= 0); torch._check(k < 5); return x[k], x.select(0, k) * 2, torch.select(x, 0, k)
@fn((torch.tensor([2, 0, 1]), r(5, 4)))
def tensor_index(i, x): return x[i], x[i, :2], x[:, i], x.index_select(0, i), x[i, i]
@fn((torch.tensor(3), r(3, 4)))
def unbacked_cat(n, x):
    k = n.item(); torch._check(k >= 0); return torch.cat([x, torch.zeros(k, 4)]), torch.stack([torch.ones(k), torch.zeros(k)])
@fn((torch.tensor(3), r(3, 4)))
def unbacked_matmul(n, x):
    k = n.item(); torch._check(k >= 1); y = torch.ones(k, 3); return y @ x, F.linear(y, torch.ones(2, 3)), torch.bmm(y.unsqueeze(0), x.unsqueeze(0))
@fn((torch.tensor(3),))
def unbacked_pad(n):
    k = n.item(); torch._check(k >= 1); y = torch.ones(k, 3); return F.pad(y, (0, 1)), F.pad(torch.ones(4), (0, k)), torch.tril(torch.ones(k, k))
@fn((torch.tensor(3), torch.tensor(4)))
def unbacked_max_min(n, m):
    a, c = n.item(), m.item(); torch._check(a >= 0); torch._check(c >= 0)
    return torch.zeros(max(a, 2)) if isinstance(a, int) else torch.zeros(torch.sym_max(a, c)), torch.zeros(torch.sym_min(a, 9))
@fn((torch.tensor(5), r(8)))
def unbacked_slices(n, x):
    k = n.item(); torch._check(k >= 0); torch._check(k <= 8)
    return x[:k], x[k:], x[k:k + 2], x[: -1], x[::2]
@fn((torch.tensor([5, 2]), r(8, 3)))
def unbacked_slice_scatter(n, x):
    k = n[0].item(); torch._check(k >= 0); torch._check(k <= 8)
    y = x.clone(); y[:k] = 0; y[k:].add_(1); return y
@fn((r(8, 3),))
def argwhere_loop(x):
    i = torch.argwhere(x > 0); return x[i[:, 0], i[:, 1]], i.shape[0] * 2
@fn((torch.tensor([4]), r(3)))
def tensor_bool_guard(n, x):
    k = n.item()
    if k > 2: return x + 1
    return x - 1
@fn((torch.tensor(4), r(3)))
def sym_ite(n, x):
    k = n.item(); torch._check(k >= 0); return x + torch.sym_ite(k > 3, 1, 2), torch.sym_not(k > 3)
@fn((torch.tensor([0, 2, 3]), torch.ones(4, dtype=i64)))
def bincounts(x, w): return torch.bincount(x), torch.bincount(x, minlength=5), torch.bincount(w, minlength=3) + 1
@fn((torch.tensor(3), r(3, 4)))
def constrain_range(n, x):
    k = n.item(); torch._constrain_as_size(k, 2, 10) if hasattr(torch, "_constrain_as_size") else torch._check_is_size(k); return torch.zeros(k)
@fn((torch.tensor(3), r(3, 4)))
def check_message(n, x):
    k = n.item(); torch._check(k > 0, lambda: f"bad {k}"); torch._check(k != 7, lambda: "seven"); torch._check(x.shape[1] == 4); return x * k
@fn((torch.tensor(3), torch.tensor(4)))
def two_items_eq(n, m):
    a, c = n.item(), m.item(); torch._check(a >= 0); torch._check(c == a + 1); return torch.zeros(a) , torch.ones(c)[1:]
@fn((torch.tensor([1., 2.]),))
def float_items(x):
    a, c = x.tolist(); return a + c, torch.full((2,), a), x * c, torch.tensor(a)
@fn((torch.tensor(10),))
def nonzero_static_use(n): return torch.nonzero_static(torch.arange(6) % 2, size=4, fill_value=-1), n + 1
@fn((torch.tensor(10), r(20)))
def topk_unbacked(n, x):
    k = n.item(); torch._check(k >= 1); torch._check(k <= 20); return x.topk(k), torch.sort(x[:k])
@fn((r(3, 3),))
def any_all_ctrl(x): return torch.where(x.any(), x, -x), (x > 0).all(), x.isnan().any()

# ---- control flow
@fn((r(3, 4), torch.tensor(True)))
def cond_simple(x, p): return cond(p, lambda y: y.sin() + 1, lambda y: y.cos(), (x,))
@fn((r(3, 4), r(4)))
def cond_capture(x, w): return cond(x.sum() > 0, lambda y: y @ w, lambda y: (y * w).sum(-1), (x,))
@fn((r(6, 4),), ds=({0: b},))
def cond_shape_pred(x): return cond(x.shape[0] > 4, lambda y: y + 1, lambda y: y - 1, (x,))
@fn((r(3, 4), torch.tensor(3)))
def cond_nested(x, n):
    return cond(x.sum() > 0, lambda y: cond(n > 2, lambda z: z + 1, lambda z: z * 2, (y,)), lambda y: y.relu(), (x,))
@fn((r(3, 4),))
def cond_multi_out(x): return cond(x.sum() > 0, lambda y: (y + 1, y.sum(), 3), lambda y: (y * 2, y.mean(), 3), (x,))
@fn((r(3, 4), torch.tensor(True)))
def cond_diff_shape(x, p): return cond(p, lambda y: y[:2].clone(), lambda y: y.clone(), (x,))
@fn((r(3, 4), torch.tensor(True)))
def cond_int_out(x, p): return cond(p, lambda y: (y + 1, 2), lambda y: (y - 1, 5), (x,))
@fn((r(5, 3), r(3)))
def map_simple(xs, y): return hop_map(lambda x, y: x * y + 1, xs, y)
@fn(((r(5, 3), r(5, 2)), r(3)))
def map_tree(xs, y): return hop_map(lambda x, y: {"a": x[0] + y, "b": x[1].sum()}, xs, y)
@fn((r(4, 3), r(3)))
def map_in_cond(xs, y): return cond(xs.sum() > 0, lambda a: hop_map(lambda x, z: x + z, a, y), lambda a: a.clone(), (xs,))
@fn((r(4, 3), r(3)))
def scan_simple(xs, init): return scan(lambda c, x: (c + x, (c * x).clone()), init, xs, dim=0)
@fn((r(4, 3), r(4)))
def scan_rev(xs, init): return scan(lambda c, x: (c * x.cos(), x.sin()), init, xs, dim=1, reverse=True)
@fn(({"a": r(4, 3), "b": r(4, 2)}, (r(3), r(2))))
def scan_tree(xs, init): return scan(lambda c, x: ((c[0] + x["a"], c[1] * x["b"]), [x["a"].sum(), c[1] + 1]), init, xs)
@fn((r(4, 3),))
def assoc_scan(xs): return associative_scan(lambda a, c: a * c, xs, 0, combine_mode="generic")
@fn((r(3), torch.tensor(0)))
def while_simple(x, i): return while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, x * 1.5), (i, x))
@fn((r(3, 4),))
def while_captured(x):
    w = x.sum(0); return while_loop(lambda i, y: i < w.shape[0], lambda i, y: (i + 1, y + w), (torch.tensor(0), x))
@fn((r(3), ))
def while_int(x): return while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, x + i), (0, x))
@fn((r(5, 3),))
def while_item(x):
    n = x.shape[0]; return while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y.sin()), (torch.zeros((), dtype=i64), x))
@mod((r(3, 4),), ({0: b},))
class CondParams(nn.Module):
    def __init__(s): super().__init__(); s.l = nn.Linear(4, 4); s.register_buffer("w", r(4))
    def forward(s, x): return cond(x.sum() > 0, lambda y: s.l(y), lambda y: y * s.w, (x,))
@mod((r(3, 4),), ({0: b},))
class CondBranchModules(nn.Module):
    def __init__(s): super().__init__(); s.a = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)); s.c = nn.Linear(4, 2)
    def forward(s, x): return cond(x.mean() > 0, s.a, s.c, (x,)) + 1
@mod((r(5, 3, 4),), ({0: b, 1: A},))
class MapParams(nn.Module):
    def __init__(s): super().__init__(); s.l = nn.Linear(4, 2)
    def forward(s, x): return hop_map(lambda y: s.l(y).relu(), x)
@mod((r(5, 3, 4),), ({0: A},))
class ScanCell(nn.Module):
    def __init__(s): super().__init__(); s.l = nn.Linear(8, 4)
    def forward(s, x):
        return scan(lambda h, y: ((n := torch.tanh(s.l(torch.cat([h, y], -1)))), n.clone()), torch.zeros(3, 4), x)

# ---- buffers, parameters, constants
@mod((r(3, 4),), ({0: A},))
class CounterBuf(nn.Module):
    def __init__(s): super().__init__(); s.register_buffer("n", torch.zeros(())); s.register_buffer("m", torch.zeros(4), persistent=False)
    def forward(s, x): s.n.add_(1); s.m.mul_(0.9).add_(x.mean(0)); return x + s.n * s.m
@mod((r(3, 4),), ({0: A},))
class AssignBuf(nn.Module):
    def __init__(s): super().__init__(); s.register_buffer("n", torch.zeros(4))
    def forward(s, x): s.n = s.n + x.sum(0); y = s.n * 2; s.n = s.n - 1; return y + s.n
@mod((r(3, 4),), ({0: A},))
class MutateThroughView(nn.Module):
    def __init__(s): super().__init__(); s.register_buffer("c", torch.zeros(3, 4, 2))
    def forward(s, x): s.c[:, :, 0].copy_(x.mean(0)); s.c.select(2, 1).zero_(); s.c.view(-1)[3:5].fill_(2); return s.c.sum() + x
@mod((r(2, 8, 4), torch.tensor([1, 2, 3, 4, 5, 6, 7, 0])), ({0: None, 1: A}, {0: A}))
class KVCache(nn.Module):
    def __init__(s): super().__init__(); s.register_buffer("k", torch.zeros(2, 32, 4))
    def forward(s, x, pos): s.k[:, pos] = x; s.k.index_copy_(1, pos, x * 2); return s.k.index_put_((None, pos) if False else (torch.tensor([0]), pos[:1]), x[:1, 0]).sum()
@mod((r(4, 4), torch.tensor(3)))
class KVCacheItem(nn.Module):
    def __init__(s): super().__init__(); s.register_buffer("k", torch.zeros(16, 4))
    def forward(s, x, p):
        n = p.item(); torch._check(n >= 0); torch._check(n + 4 <= 16); s.k.narrow(0, n, 4).copy_(x); s.k[n:n + 4] += 1; return s.k[: n + 4].sum(0)
@mod((r(4, 4),), ({0: A},))
class InputMutation(nn.Module):
    def forward(s, x): x.add_(1); x[0].mul_(2); y = x.view(-1); y[0] = 3; return x.sum() + y.mean()
@mod((r(4, 4), r(4, 4)), ({0: A}, {0: A}))
class InputMutationAlias(nn.Module):
    def forward(s, x, y): x.copy_(y); y.t().add_(x.sum()) ; return x, y
@mod((r(4, 4),), ({0: A},))
class ConstAttr(nn.Module):
    def __init__(s): super().__init__(); s.c = torch.arange(4.); s.d = {"k": torch.ones(2, 4)}; s.v = 3; s.t = (torch.tensor(2), 4.5)
    def forward(s, x): return x * s.c + s.d["k"].sum(0) * s.v + s.t[0] * s.t[1] + torch.tensor([1., 2., 3., 4.]) + torch.tensor(3)
@mod((r(4, 4),), ({0: A},))
class ConstLift(nn.Module):
    def forward(s, x):
        t = torch.tensor([[1, 2], [3, 4]]); u = torch.tensor(2.0, dtype=torch.float64); v = t.clone(); v[0] = 9
        return x.sum() + t + u, v, torch.as_tensor([1, 2]), torch.scalar_tensor(3), x.new_tensor([1.5])
@mod((r(4, 4),), ({0: A},))
class ParamInNoGrad(nn.Module):
    def __init__(s): super().__init__(); s.w = nn.Parameter(r(4)); s.f = nn.Parameter(r(4), requires_grad=False)
    def forward(s, x):
        with torch.no_grad(): y = x * s.w; y.add_(1)
        z = y + s.f
        with torch.enable_grad(): z = z * s.w
        return z.detach(), z, y
@mod((r(4, 4),), ({0: A},))
class TiedWeights(nn.Module):
    def __init__(s): super().__init__(); s.a = nn.Linear(4, 4); s.c = nn.Linear(4, 4, bias=False); s.c.weight = s.a.weight; s.register_buffer("q", s.a.weight.detach())
    def forward(s, x): return s.c(s.a(x)) + s.q
@mod((r(4, 3, 8, 8),), ({0: A, 2: A, 3: A},))
class BNTrain(nn.Module):
    def __init__(s): super().__init__(); s.c = nn.Conv2d(3, 4, 3, padding=1); s.b = nn.BatchNorm2d(4); s.i = nn.InstanceNorm2d(4, track_running_stats=True); s.d = nn.Dropout(0.3)
    def forward(s, x): return s.d(s.i(s.b(s.c(x))).relu())
@mod((r(4, 8, 8),))
class BNMomentumNone(nn.Module):
    def __init__(s): super().__init__(); s.b = nn.BatchNorm1d(8, momentum=None)
    def forward(s, x): return s.b(x)
@mod((torch.tensor([[1, 2], [3, 4]]),), ({0: A, 1: A},))
class EmbBag(nn.Module):
    def __init__(s): super().__init__(); s.e = nn.EmbeddingBag(10, 3, mode="sum"); s.f = nn.Embedding(10, 3, padding_idx=0, max_norm=None)
    def forward(s, x): return s.e(x), s.f(x), F.one_hot(x, 10)

# ---- pytrees, kwargs, names
Pt = collections.namedtuple("Pt", ["x", "y"])
@mod(((r(3), [r(3), {"k": r(3)}]),), ((({0: A}), [{0: A}, {"k": {0: A}}]),))
class Tree(nn.Module):
    def forward(s, t): return {"o": t[0] + t[1][0], "p": [t[1][1]["k"], None, 3, "s"]}
@mod((Pt(r(3, 2), r(3, 2)),))
class NT(nn.Module):
    def forward(s, p): return Pt(p.x + p.y, p.x @ p.y.t())
@mod((r(3),), None, {"y": r(3), "z": [r(3), 2.0, None]})
class Kw(nn.Module):
    def forward(s, x, *, y, z, flag=True): return x + y * z[1] + z[0] if flag else x
@mod((r(3), r(3), r(3)), ({0: A}, ({0: A}, {0: A})))
class VarArgs(nn.Module):
    def forward(s, x, *more): return x + sum(more)
@mod((r(3),), {"x": {0: A}, "kw": {"a": {0: A}, "c": {0: A}}}, {"a": r(3), "c": r(3)})
class VarKw(nn.Module):
    def forward(s, x, **kw): return x + kw["a"] * kw["c"]
@mod((r(3), 4, 2.5, True, "mean", None, torch.float64, torch.device("cpu")))
class NonTensors(nn.Module):
    def forward(s, x, n, f, bb, st, no, dt, dev): return (x * n + f).to(dt).to(dev) if bb and st == "mean" and no is None else x
@mod((collections.OrderedDict(c=r(3), a=r(3)), collections.defaultdict(int, {}) ))
class ODict(nn.Module):
    def forward(s, d, e): return d["a"] - d["c"]
@mod((r(3, 4), 3), ({0: A, 1: A}, D))
class SymIntInput(nn.Module):
    def forward(s, x, n): return x * n, torch.zeros(n, x.shape[0]), x[:, :1].expand(-1, n)
@mod((r(3, 4), 3, 12), ({0: A, 1: A}, D, D))
class SymIntInputs(nn.Module):
    def forward(s, x, n, m): torch._check(n * x.shape[1] == m); return x.repeat(n, 1).view(-1, m), n + m, n > 2
@mod((r(3, 4), 3.5), ({0: A, 1: A}, None))
class FloatInput(nn.Module):
    def forward(s, x, n): return x * n
@mod((r(3, 4),), ({0: A, 1: A},))
class RetShapes(nn.Module):
    def forward(s, x): return x.shape, x.size(0) * 2, x.numel(), x.stride(), x.dim(), x.shape[0] / 2, x.shape[0] ** 2, x.shape[1] // 3, -x.shape[0], x.storage_offset()
@mod((r(3, 4), r(5)))
class Unused(nn.Module):
    def forward(s, x, y): return x + 1
@mod((r(3, 4),))
class RetInput(nn.Module):
    def forward(s, x): return x, x, 3, None, "s"
@mod((r(3, 4),), ({0: A},))
class RetAliases(nn.Module):
    def __init__(s): super().__init__(); s.p = nn.Parameter(r(3)); s.register_buffer("b", r(3))
    def forward(s, x): return s.p, s.b, x.view(-1), s.b[1:], x.detach()

# ---- dynamic shapes
dx, dy = Dim("dx", min=2, max=100), Dim("dy")
@mod((r(4, 6), r(4, 6)), ({0: dx}, {0: dx}))
class SameDim(nn.Module):
    def forward(s, x, y): return x + y
@mod((r(4, 6), r(8, 6)), ({0: dx}, {0: 2 * dx}))
class Derived2(nn.Module):
    def forward(s, x, y): return torch.cat([x, x]) + y
@mod((r(4, 6), r(5, 6)), ({0: dx}, {0: dx + 1}))
class DerivedPlus(nn.Module):
    def forward(s, x, y): return x + y[1:]
@mod((r(4, 6), r(9, 6)), ({0: dx}, {0: 2 * dx + 1}))
class DerivedAffine(nn.Module):
    def forward(s, x, y): return x + y[1::2]
@mod((r(4, 6), r(24)), ({0: A, 1: A}, {0: A}))
class ProductAuto(nn.Module):
    def forward(s, x, y): return x.reshape(-1) + y
@mod((r(4, 6), r(12, 2)), ({0: A, 1: A}, {0: A, 1: A}))
class ViewOther(nn.Module):
    def forward(s, x, y): return x.reshape(y.shape[0], -1) * y
@mod((r(8, 6),), ({0: A, 1: A},))
class DivisibleView(nn.Module):
    def forward(s, x): return x.view(-1, 4, x.shape[1]), x.view(x.shape[0] // 2, 2, -1), x.unflatten(0, (2, -1))
@mod((r(7, 6),), ({0: A, 1: A},))
class Branchy(nn.Module):
    def forward(s, x):
        if x.shape[0] > 5 and x.shape[1] % 2 == 0: x = x[: x.shape[0] // 2]
        if x.shape[0] * x.shape[1] < 100: x = x.flatten()
        return x + 1 if x.shape[0] != 7 else x
@mod((r(7, 6), r(1, 6), r(7, 1)), ({0: A, 1: A}, {0: A, 1: A}, {0: A, 1: A}))
class Broadcasts(nn.Module):
    def forward(s, x, y, z): return x + y, y + z, torch.broadcast_tensors(x, y, z), torch.where(x > 0, y, z), x.expand_as(x + z)
@mod((r(7, 6), r(1, 6)), ({0: D, 1: D}, {0: A, 1: A}))
class DynMarks(nn.Module):
    def forward(s, x, y): return x + y
@mod((r(8, 6), r(6, 8)), ({0: A, 1: A}, {0: A, 1: A}))
class Eqs(nn.Module):
    def forward(s, x, y): assert x.shape[0] == y.shape[1]; return (x @ y).diagonal(), torch.einsum("ij,jk->ik", x, y), x.t() + y
@mod((r(8, 6, 4),), ({0: b, 1: A, 2: A},))
class Chunks(nn.Module):
    def forward(s, x): return x.chunk(3, 1), x.split(2, 2), torch.tensor_split(x, 3, 0), x.unbind(2), x.unfold(1, 2, 2), x.movedim(0, 2), x.flip(1).roll(2, 0)
@mod((r(2, 3, 16, 16),), ({0: b, 2: A, 3: A},))
class ConvPool(nn.Module):
    def __init__(s): super().__init__(); s.c = nn.Conv2d(3, 4, 3, stride=2); s.t = nn.ConvTranspose2d(4, 2, 2, stride=2)
    def forward(s, x): y = s.t(F.max_pool2d(s.c(x), 2)); return y, F.adaptive_avg_pool2d(y, 2), F.interpolate(y, scale_factor=2.0, mode="bilinear"), F.interpolate(y, size=x.shape[-2:])
@mod((r(2, 9, 8), ), ({0: b, 1: l},))
class Attn(nn.Module):
    def __init__(s): super().__init__(); s.a = nn.MultiheadAttention(8, 2, batch_first=True); s.n = nn.LayerNorm(8)
    def forward(s, x): m = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1); return s.n(s.a(x, x, x, attn_mask=m)[0]) + x
@mod((r(2, 9, 8), ), ({0: b, 1: l},))
class TransformerEnc(nn.Module):
    def __init__(s): super().__init__(); s.a = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    def forward(s, x): return s.a(x)
@mod((r(2, 9, 8), ), ({0: b, 1: l},))
class Rnn(nn.Module):
    def __init__(s): super().__init__(); s.a = nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True); s.g = nn.GRU(12, 3, batch_first=True)
    def forward(s, x): y, (h, c) = s.a(x); return s.g(y)[0], h + c
@mod((r(3, 5),), ({0: Dim("q", min=3, max=3 * 5)},))
class RangeNarrow(nn.Module):
    def forward(s, x): return x[:3] + 1 if x.shape[0] <= 10 else x
@mod((r(4, 5),), ({0: Dim("q", min=0, max=9)},))
class RangeZero(nn.Module):
    def forward(s, x): return x.sum(0), x.reshape(-1, 5), x.mean()
@mod((r(1, 5),), ({0: A, 1: A},))
class OneSized(nn.Module):
    def forward(s, x): return x.squeeze(0), x.squeeze(), x.expand(3, 5)
@mod((r(0, 5),), ({0: A, 1: A},))
class ZeroSized(nn.Module):
    def forward(s, x): return x.sum(), torch.cat([x, x]), x.view(5, -1) if x.numel() else x
@mod((r(4, 5).t(),), ({0: A, 1: A},))
class Strided(nn.Module):
    def forward(s, x): return x.contiguous(), x.reshape(-1), x.t().view(-1), torch.empty_like(x), x.clone(memory_format=torch.contiguous_format), x.is_contiguous()
@mod((r(2, 3, 4, 5).to(memory_format=torch.channels_last),), ({0: A, 2: A},))
class ChannelsLast(nn.Module):
    def forward(s, x): return x + 1, F.relu(x), x.to(memory_format=torch.contiguous_format), x.mean((2, 3), keepdim=True), x.permute(0, 2, 3, 1).reshape(-1, 3), torch.cat([x, x], 1)

# ---- modes: autocast, grad
@mod((r(3, 4),), ({0: A},))
class Autocast(nn.Module):
    def __init__(s): super().__init__(); s.l = nn.Linear(4, 4)
    def forward(s, x):
        with torch.autocast("cpu", torch.bfloat16): y = s.l(x); z = F.softmax(y, -1)
        return y, z, x @ s.l.weight
@mod((r(3, 4),), ({0: A},))
class AutocastNested(nn.Module):
    def __init__(s): super().__init__(); s.l = nn.Linear(4, 4)
    def forward(s, x):
        with torch.autocast("cpu", torch.bfloat16):
            y = s.l(x)
            with torch.autocast("cpu", enabled=False): y = y.float() @ x.t()
            y = torch.cat([y, y.to(torch.bfloat16)], 0)
        return y
@mod((r(3, 4),), ({0: A},))
class AutocastNoGrad(nn.Module):
    def __init__(s): super().__init__(); s.l = nn.Linear(4, 4)
    def forward(s, x):
        with torch.no_grad():
            y = s.l(x)
            with torch.autocast("cpu", torch.float16): y = s.l(y)
        with torch.set_grad_enabled(False): y = y + 1
        with torch.inference_mode(False): y = y * 2
        return y.log_softmax(-1)
@mod((r(2, 6, 4),), ({0: A},))
class AutocastLstm(nn.Module):
    def __init__(s): super().__init__(); s.l = nn.LSTM(4, 4, batch_first=True); s.g = nn.GRU(4, 3)
    def forward(s, x):
        with torch.autocast("cpu", torch.bfloat16): y = s.l(x)[0]; z = s.g(y)[0]
        return y, z
@mod((r(2, 3, 8, 8),), ({0: A},))
class AutocastConv(nn.Module):
    def __init__(s): super().__init__(); s.c = nn.Conv2d(3, 4, 3); s.b = nn.BatchNorm2d(4); s.e = nn.MultiheadAttention(4, 2)
    def forward(s, x):
        with torch.autocast("cpu", torch.bfloat16): y = s.b(s.c(x)); z = y.flatten(2).permute(2, 0, 1); return s.e(z, z, z)[0], F.gelu(y), torch.einsum("abc,abd->cd", z, z), torch.linalg.norm(z), F.mse_loss(y, y)
@mod((r(3, 4, requires_grad=True),), ({0: A},))
class GradInput(nn.Module):
    def forward(s, x):
        y = x * 2
        with torch.no_grad(): z = y + 1
        return y.detach(), z, y.requires_grad_(True), x.view(-1)
@mod((r(3, 4),), ({0: A},))
class NoGradDecorator(nn.Module):
    def __init__(s): super().__init__(); s.w = nn.Parameter(r(4))
    @torch.no_grad()
    def inner(s, x): return x * s.w
    def forward(s, x): return s.inner(x) + s.w
@mod((r(3, 4),), ({0: A},))
class NoGradBufUpdate(nn.Module):
    def __init__(s): super().__init__(); s.register_buffer("ema", torch.zeros(4)); s.w = nn.Parameter(r(4))
    def forward(s, x):
        with torch.no_grad(): s.ema.lerp_(x.mean(0), 0.1); s.ema.clamp_(-1, 1)
        return x * s.ema * s.w
# ---- vmap, checkpoint, misc
@fn((r(4, 3), r(4, 3)))
def vmapped(x, y): return torch.vmap(lambda a, c: (a * c).sum() + 1)(x, y)
@fn((r(4, 3, 2),))
def vmapped2(x): return torch.vmap(lambda a: a.t().contiguous().cos(), in_dims=1, out_dims=1)(x), torch.vmap(torch.vmap(torch.sin))(x)
@fn((r(4, 3),))
def checkpointed(x):
    from torch.utils.checkpoint import checkpoint
    return checkpoint(lambda y: y.sin().cos(), x, use_reentrant=False)
@fn((r(4, 3), r(3, 5)))
def linalgs(x, y): return torch.linalg.multi_dot([x, y]), torch.linalg.vector_norm(x), torch.linalg.svd(x, full_matrices=False), torch.linalg.qr(x), torch.linalg.pinv(x)
@fn((r(4, 8),))
def ffts(x): return torch.fft.rfft(x), torch.fft.ifft2(x), torch.stft(x, 4, return_complex=True, window=torch.ones(4)), torch.view_as_real(torch.fft.fft(x))
@fn((r(4, 3), torch.tensor([0, 1, 0, 2])))
def scatters(x, i): return torch.zeros(3, 3).index_add(0, i, x), torch.zeros(3, 3).scatter_add(0, i[:, None].expand(-1, 3), x), x.gather(0, i[:, None]), torch.zeros(3, 3).scatter_reduce(0, i[:, None].expand_as(x), x, "amax")
@fn((r(4, 3), torch.tensor([0, 1, 0, 2])))
def losses(x, t): return F.cross_entropy(x, t, label_smoothing=0.1), F.nll_loss(x.log_softmax(1), t), F.huber_loss(x, x + 1), F.kl_div(x, x.softmax(-1), reduction="batchmean"), F.smooth_l1_loss(x, x)
@fn((r(4, 6),))
def randoms(x): return torch.rand_like(x), F.dropout(x), torch.randn(x.shape), torch.bernoulli(x.sigmoid()), torch.randint(0, 9, (x.shape[0],)), torch.randperm(x.shape[0]), x.normal_().sum(), torch.multinomial(x.softmax(-1), 2)
@fn((r(4, 6),))
def factories(x): return torch.arange(x.shape[0]), torch.linspace(0, 1, x.shape[1]), torch.eye(x.shape[0], x.shape[1]), torch.full_like(x, 3, dtype=i64), x.new_zeros(x.shape[1]), torch.empty(x.shape[0], 2).shape, torch.meshgrid(torch.arange(x.shape[0]), torch.arange(3), indexing="ij"), torch.triu_indices(3, 4), torch.zeros(x.size())
@fn((r(4, 6), r(4, 6)))
def inplaces(x, y): z = x.clone(); z += y; z[1:3] *= 2; z[:, 0] = 5; z.t_(); z.unsqueeze_(0); z.clamp_(0, 1); w = z.squeeze(0).fill_diagonal_(1); w.masked_fill_(w > 0.5, 0); return w, z
@fn((r(4, 6),))
def sym_floats(x):
    h, w = x.shape; s = (h / w) ** 0.5; return x * s, torch.full((int(h * 1.5),), s), round(h * 0.7), math.ceil(w / 2), math.sqrt(h), x.view(h, -1) / math.sqrt(w), int(w ** 0.5)
@fn((r(4, 6),))
def sym_bools(x): h, w = x.shape; return h > 3, x + (h == w), not (h > 3), (h > 3) & (w > 3) if not isinstance(h, int) else True, torch.tensor(h > 2) if isinstance(h, int) else x
@fn((r(4, 6),))
def asserts(x): assert x.shape[0] > 2; torch._assert(x.shape[1] > 3, "small"); torch._assert_async(x.sum().abs() >= 0); torch._assert(x.sum().abs() >= 0, "neg"); return x
@fn((r(4, 6),))
def asserts_data(x): torch._check(x.sum().abs().item() >= 0); torch._check(x.max().item() < 1e30); return x
@fn((r(4, 6), torch.tensor(2)))
def is_true(x, n):
    if torch.is_grad_enabled(): x = x + 1
    if x.is_floating_point() and x.dtype == torch.float32: x = x * 2
    if isinstance(n, Tensor) and n.dim() == 0: x = x + n
    return x.to(torch.float64), x.type_as(n), x.half().float(), n.to(x.dtype), x.long() + n, x.bool()
@fn((r(2, 4, 6, 8), r(2, 2, 6, 8)))
def sdpas(q, k): return F.scaled_dot_product_attention(q, k, k, enable_gqa=True), F.scaled_dot_product_attention(q, q, q, is_causal=True), F.scaled_dot_product_attention(q, q, q, attn_mask=torch.ones(6, 6).tril().bool())
@fn((r(2, 6), torch.tensor([3, 6])))
def packed(x, ln): m = torch.arange(x.shape[1])[None] < ln[:, None]; return x.masked_fill(~m, -1e9).softmax(-1), (x * m).sum(1) / ln, m.cumsum(-1), torch.where(m, x, torch.zeros_like(x)), F.pad(x, (1, 2), value=1.0)
@fn((torch.arange(6.).view(2, 3), torch.ones(3, dtype=torch.complex64)))
def complexes(x, c): return x * c, torch.complex(x, x), (x + 1j).abs(), c.real + 1, torch.view_as_real(c), c.conj() * 2, torch.polar(x, x).angle()
@fn((r(6), r(6)))
def out_lists(x, y): xs = [x, y]; xs.append(xs[0] + 1); d = {i: t * i for i, t in enumerate(xs)}; return xs, d, tuple(reversed(xs))
@fn((r(4, 6),))
def foreach(x): xs = torch._foreach_add([x, x * 2], 1.0); torch._foreach_mul_(xs, 2); return xs, torch._foreach_norm(xs)
@fn((r(3, 4), torch.tensor([1, 0, 2])))
def sorts(x, i): return x.sort(1), x.argsort(0, descending=True), x.topk(2), x.kthvalue(1), x.median(1), x.mode(), torch.searchsorted(x.sort(-1)[0], x), torch.bucketize(i, torch.tensor([0, 1])), x[i.argsort()], x.cummax(0), x.quantile(0.5, dim=1)
@fn((r(6, 4),), ds=({0: Dim("batch", min=4, max=16)},))
def windows(x): return x.unfold(0, 3, 1), x.as_strided((2, 2), (1, 2)), F.fold(F.unfold(x[None, None, :4, :], (2, 2)), (4, 4), (2, 2)), x.diff(dim=0), torch.cdist(x, x), torch.cartesian_prod(x[:, 0], x[0])
@fn((r(6, 4),), ds=({0: Dim("batch", min=4, max=16), 1: Dim("w", min=2, max=8)},))
def named_specialise(x): return x.view(6, -1), x + 1
@fn((r(6, 4),), ds=({0: Dim("batch", min=4, max=16), 1: Dim("w", min=2, max=8)},))
def named_divis(x): return x.view(2, -1, 2, x.shape[1] // 2)
@fn((r(6, 4),), ds=({0: Dim("batch", min=4, max=16), 1: Dim("w", min=2, max=8)},))
def named_cmp(x): return x + 1 if x.shape[0] > x.shape[1] else x[:, :2]
@fn((r(6, 4), r(4, 3)), ds=({0: Dim("p"), 1: Dim("q")}, {0: Dim("rr"), 1: Dim("ss", max=12)}))
def named_unequal(x, y): return x @ y
@fn((r(6, 4), r(7, 4)), ds=({0: Dim("p")}, {0: Dim("q")}))
def named_relation(x, y): return x + y[:-1]
@fn((torch.tensor([2, 3, 4]),))
def unbacked_loop(x):
    out = torch.zeros(())
    for k in x.tolist(): torch._check(k >= 0); torch._check(k < 10); out = out + torch.ones(k).sum()
    return out
@fn((torch.tensor(3), r(10)))
def unbacked_float_ops(n, x):
    k = n.item(); torch._check(k >= 1); return x * (k / 2), x + k ** 2, x / float(k), torch.full((3,), k * 1.5), x - (k // 2), torch.tensor(k) + 1
@fn((torch.tensor(3), torch.tensor(2), r(24)))
def unbacked_view2(n, m, x):
    a, c = n.item(), m.item(); torch._check(a >= 1); torch._check(c >= 1); torch._check(a * c * 4 == x.shape[0]); return x.view(a, c, 4), x.reshape(a * c, -1)
@fn((torch.tensor([[0, 1], [1, 0]]), r(4, 2)))
def unbacked_split_cat(x, y): n = x.nonzero(); return torch.cat([y, n.float()]), torch.cat([n, n]).sum(0), torch.stack([n, n + 1]), n.unbind(1), n.repeat(2, 1), n.permute(1, 0).contiguous(), n.expand(2, -1, -1)
@fn((torch.tensor([[0, 1], [1, 0]]),))
def unbacked_norms(x): n = x.nonzero().float(); return F.layer_norm(n, (2,)), n.softmax(0), n.mean(0), n.std(0), n.var(), n.max(), n.argmax(), n.cumsum(0), n.norm(), F.normalize(n), n.sort(0), n.flip(0), n.t() @ n
@fn((torch.tensor([[0, 1], [1, 0]]),))
def unbacked_embed(x): n = x.nonzero(); return F.embedding(n, torch.ones(5, 3)), F.one_hot(n, 4), torch.ones(5)[n], torch.gather(torch.ones(9, 2), 0, n), torch.zeros(9).scatter(0, n[:, 0], 1.0), torch.isin(n, x)
@fn((torch.tensor([[0, 1], [1, 0]]),))
def unbacked_conv(x): n = x.nonzero().float(); return F.conv1d(n.t().unsqueeze(0), torch.ones(3, 2, 1)), F.relu(n), F.dropout(n, 0.5), F.pad(n, (1, 1)), torch.where(n > 0, n, -n), torch.nn.functional.interpolate(n[None, None], size=(4, 4)), torch.bmm(n[None], n.t()[None])


def programs(rng, only=""):
    """Each program, exported in one of the modes."""
    for name, module, inputs, kwargs, dims in ALL + fresh_calls.ALL:
        if not re.search(only, name):
            continue
        strict = rng.random() < 0.3
        try:
            program = export(module, copy.deepcopy(inputs), kwargs, dynamic_shapes=dims, strict=strict)
        except Exception:  # not every one exports in each mode
            continue
        finally:
            torch._dynamo.reset()
        yield f"program.{name}.{'strict' if strict else 'nonstrict'}", program
