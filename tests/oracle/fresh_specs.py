"""Dynamic-shape specs that nobody wrote by hand: for one program, PyTorch's JSON form with other ranges, derived and
shared Dims, hints, sizes and structures than the program was exported with."""
import sympy


def input_sizes(document, leaf):
    """The sizes of a tensor input; None of anything else."""
    body = next(iter(leaf.values()))
    name = body.get("arg", {}).get("as_tensor", {}).get("name")
    return None if name is None else document["graph_module"]["graph"]["tensor_values"][name]["sizes"]


def size_of(size):
    if "as_int" in size:
        return size["as_int"]
    return next(iter((size["as_expr"].get("hint") or {"as_int": 2}).values()))


class Spec:
    """One spec being drawn. Dims that stand for one recorded symbol share their ranges."""

    def __init__(self, document, rng):
        self.document, self.rng, self.dims, self.by_size = document, rng, {}, {}
        self.style = rng.choice(["ranges", "ranges", "derived", "shared", "fresh", "hints", "mixed", "mixed"])
        self.dynamic_share = rng.choice([0.0, 0.1, 0.5] if document["range_constraints"] else [0.4, 1.0])   # of the recorded plain sizes

    def declare(self, root, size, recorded=None):
        if root not in self.dims:
            low, high = self.range_around(size, recorded)
            self.dims[root] = {"min": low, "max": high, "derived": []}
        return root

    def range_around(self, size, recorded):
        known = recorded or {"min_val": 0, "max_val": None}
        low, high = known["min_val"] or 0, known["max_val"]
        kind = self.rng.choice(["recorded"] * 10 + ["narrower", "narrower", "wider", "wider", "above", "below", "odd"])
        if kind == "narrower":
            low, high = max(0, size - self.rng.choice([0, 1, 2])), size + self.rng.choice([0, 1, 2, 10])
        elif kind == "wider":
            low, high = self.rng.choice([0, 1, 2]), self.rng.choice([None, (high or 100) + 1, 2**31, 2**40])
        elif kind == "above":
            low, high = size + 1, None
        elif kind == "below":
            low, high = 0, max(1, size - 1)
        elif kind == "odd":
            low, high = self.rng.choice([(size, size), (0, 1), (0, 2), (2, 1), (-1, 10), (3, 2**62 - 2), (0, 2**63 - 2), (0, 2**63 - 1)])
        return low, high

    def derived(self, root, scale, offset):
        name = (f"{scale}*{root}" if scale != 1 else root) + (f" + {offset}" if offset > 0 else f" - {-offset}" if offset < 0 else "")
        if name != root and name not in self.dims[root]["derived"]:
            self.dims[root]["derived"].append(name)
        return name

    def recorded_dim(self, size):
        """As "named" says it, with the ranges of this spec."""
        expr = sympy.sympify(size["as_expr"]["expr_str"])
        symbols = sorted(expr.free_symbols, key=str)
        if len(symbols) != 1:
            return "_DimHint.AUTO"
        scale, rest = sympy.polys.polytools.div(expr, symbols[0])
        if not (scale.is_Integer and rest.is_Integer and scale > 0):
            return "_DimHint.AUTO"
        root = str(symbols[0])
        self.declare(root, (size_of(size) - int(rest)) // int(scale), self.document["range_constraints"].get(root))
        return self.derived(root, int(scale), int(rest))

    def drawn_derived(self, value):
        scale, offset = self.rng.choice([(2, 0), (1, 1), (1, -1), (2, 1), (3, 0), (4, 0), (1, 7)])
        root = self.rng.choice(sorted(self.dims) or ["b"]) if self.rng.random() < 0.6 else f"p{self.rng.randrange(3)}"
        self.declare(root, max(0, (value - offset) // scale))
        return self.derived(root, scale, offset)

    def shared(self, value):
        root = self.by_size.setdefault(value, f"d{value}") if self.rng.random() < 0.8 else f"d{self.rng.randrange(4)}"
        return self.declare(root, value)

    def dimension(self, size, place):
        value, recorded = size_of(size), "as_expr" in size
        if not recorded and self.rng.random() >= self.dynamic_share:
            return self.rng.choice([None, None, None, value, "_DimHint.STATIC"]) if self.style in ("hints", "mixed") else None
        style = self.rng.choice(["ranges", "derived", "shared", "fresh", "hints"]) if self.style == "mixed" else self.style
        if style == "ranges" and recorded:
            return self.recorded_dim(size)
        if style == "derived" and self.rng.random() < 0.5:
            return self.drawn_derived(value)
        if style == "shared":
            return self.shared(value)
        if style == "hints":
            return self.rng.choice(["_DimHint.AUTO"] * 6 + ["_DimHint.DYNAMIC", "_DimHint.DYNAMIC", "_DimHint.STATIC", None, value, value + 1])
        return self.declare(place, value)

    def leaf(self, leaf, place):
        sizes = input_sizes(self.document, leaf)
        if sizes is None:
            is_symbol = "as_name" in next(iter(leaf.values())).get("arg", {}).get("as_sym_int", {})
            return self.rng.choice(["_DimHint.DYNAMIC", "_DimHint.AUTO", "_DimHint.STATIC", None]) if is_symbol else None
        return [self.dimension(size, f"{place}_{i}") for i, size in enumerate(sizes)]


def tree(document, spec):
    """The spec as a map by argument name, or None where the inputs' containers are no JSON."""
    import oracle
    entry = document["graph_module"]["module_call_graph"][0]["signature"]
    leaves = [next(iter(leaf.items())) for leaf in document["graph_module"]["signature"]["input_specs"]]
    flat = [spec.leaf({kind: body}, f"a{i}") for i, (kind, body) in enumerate(leaves) if kind in ("user_input", "constant_input")]
    args, kwargs = oracle.pytree.tree_unflatten([Leaf(x) for x in flat], oracle._treespec(entry["in_spec"]))
    names = entry.get("forward_arg_names") or []
    values = [plain(x) for x in [*args, *kwargs.values()]]
    return values if len(names) != len(values) else dict(zip(names, values))


class Leaf:
    """Holds a leaf's spec, which is a list, apart from the containers."""
    def __init__(self, spec):
        self.spec = spec


def plain(x):
    if isinstance(x, Leaf):
        return x.spec
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    return [plain(v) for v in x] if isinstance(x, (list, tuple)) else None


def places(shapes):
    """(container, key) of everything in the spec."""
    found, todo = [], [shapes]
    while todo:
        node = todo.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            found.append((node, key))
            if isinstance(node[key], (dict, list)):
                todo.append(node[key])
    return found


def break_structure(shapes, rng):
    """One thing wrong, or only unusual: PyTorch may well take it."""
    kind = rng.choice(["drop", "extra", "rename", "replace", "empty"])
    node, key = rng.choice(places(shapes))
    if kind == "drop":
        del node[key]
    elif kind == "extra":
        node.update(extra=None) if isinstance(node, dict) else node.append(None)
    elif kind == "rename" and isinstance(node, dict):
        node["renamed"] = node.pop(key)
    elif kind == "empty":
        node[key] = rng.choice([[], {}])
    else:
        node[key] = rng.choice([None, 2, "_DimHint.AUTO", [None], [["_DimHint.AUTO"]], -1, True])
    return kind


def draw(document, rng):
    """(what it is, the spec), or None where the program has nothing to make dynamic."""
    spec = Spec(document, rng)
    shapes = tree(document, spec)
    if not shapes:
        return None
    what = spec.style
    if rng.random() < 0.3 and isinstance(shapes, dict):
        shapes = list(shapes.values())
    if rng.random() < 0.12:
        what += ", " + break_structure(shapes, rng)
    return what, {"dynamic_shapes": shapes, "dims": spec.dims}
