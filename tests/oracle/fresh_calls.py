"""Programs of one call each: sizes as the arguments of operators, numbers that operators give, out forms, vmap.

Each lambda is exported static and with AUTO for all dims. What gives a number has it used in the result.
"""
import math
import torch
import torch.nn.functional as F
from torch import nn, Tensor
from torch.export import Dim

a, i64, r = torch.ops.aten, torch.int64, torch.randn
ALL = []   # (name, module, inputs, keyword inputs, dynamic shapes), as fresh_programs has them
X, Y, Z = (r(6, 8, 10, 12),), (r(6, 8),), (r(5, 7), r(9, 7))


class Call(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, *inputs):
        out = self.f(*inputs)
        if isinstance(out, torch.dtype):
            return inputs[0].to(out)
        return out if isinstance(out, (Tensor, tuple, list)) else inputs[0] * out


def each(inputs, **functions):
    auto = tuple({i: Dim.AUTO for i in range(x.dim())} for x in inputs)
    for name, f in functions.items():
        ALL.extend((f"{name}.{label}", Call(f), inputs, None, dims) for label, dims in (("static", None), ("auto", (auto,))))


def vmapped(f, *inputs, **options):
    each(inputs, **{f"vmap_{len(ALL) // 2}": lambda *xs: torch.vmap(f, **options)(*xs)})


# ---- sizes as arguments

each(X,
     sz_interp=lambda x: F.interpolate(x, size=(x.shape[0], x.shape[2]//2+1)),
     sz_interp_b=lambda x: F.interpolate(x, size=(x.shape[3]*2, x.shape[2]-1), mode='bilinear'),
     sz_interp_sf=lambda x: F.interpolate(x, scale_factor=(x.shape[3]/x.shape[2], 2.)),
     sz_interp_sf2=lambda x: F.interpolate(x, scale_factor=(x.shape[3]/x.shape[2], 0.5), mode='bilinear', recompute_scale_factor=True),
     sz_interp_bic=lambda x: F.interpolate(x, size=x.shape[:2], mode='bicubic', antialias=True),
     sz_adapt=lambda x: F.adaptive_avg_pool2d(x, (x.shape[2]//2, x.shape[3])),
     sz_adaptm=lambda x: F.adaptive_max_pool2d(x, (x.shape[2]//3, 2)),
     sz_gap=lambda x: F.avg_pool2d(x, x.shape[2:]),
     sz_gmp=lambda x: F.max_pool2d(x, (x.shape[2], 1)),
     sz_unfold=lambda x: x.unfold(2, x.shape[2]//2, 1),
     sz_unfold2=lambda x: F.unfold(x, (3, 3), stride=(1, 2)),
     sz_fold=lambda x: F.fold(F.unfold(x, (2, 2), stride=2), (x.shape[2], x.shape[3]), (2, 2), stride=2),
     sz_pad=lambda x: F.pad(x, (0, x.shape[3], x.shape[2]%4, 1)),
     sz_padneg=lambda x: F.pad(x, (0, -(x.shape[3]//2))),
     sz_padrefl=lambda x: F.pad(x, (x.shape[3]//3, 1, 0, x.shape[2]//4), mode='reflect'),
     sz_padcirc=lambda x: F.pad(x, (x.shape[3]//3, 1, 0, 0), mode='circular'),
     sz_roll=lambda x: (torch.roll(x, (x.shape[2]//2, -1), (2, 3)), torch.roll(x, x.shape[1])),
     sz_ln=lambda x: (F.layer_norm(x, x.shape[2:]), F.rms_norm(x, x.shape[3:]), F.instance_norm(x), F.group_norm(x, x.shape[1])),
     sz_bn=lambda x: F.batch_norm(x, torch.zeros(x.shape[1]), torch.ones(x.shape[1]), training=True),
     sz_stack=lambda x: torch.stack([x[:, :, i] for i in range(2)]).reshape(x.shape[0]*2, -1),
     sz_rep=lambda x: (x.repeat(1, x.shape[0], 1, 2), x.repeat_interleave(x.shape[0], 1).shape[1]*x, x.expand(x.shape[3], *x.shape)),
     sz_split=lambda x: (torch.split(x, x.shape[3]//2, 3)[0], torch.chunk(x, 2, 2)[1], x.tensor_split((x.shape[2]//3, ), 2)),
     sz_view=lambda x: (x.view(x.shape[0], -1, x.shape[3]), x.reshape(x.shape[0]*x.shape[1], x.shape[2]*x.shape[3]), x.flatten(1, 2),
         x.unflatten(1, (2, x.shape[1]//2))),
     sz_diag=lambda x: (x.diagonal(x.shape[2]//4, 2, 3), torch.diag_embed(x[0, 0], 1), x.tril(x.shape[3]-x.shape[2]), x.triu(-x.shape[0])),
     sz_sel=lambda x: (x.select(1, x.shape[1]-1), x[:, x.shape[1]//2], x.narrow(2, x.shape[2]//3, x.shape[2]//2), x[:, :, x.shape[2]//2:,
         :-1], x[..., x.shape[3]-3], x[::2, ::3]),
     sz_scal=lambda x: (x*x.shape[0], x/x.shape[1], x+x.shape[2]/x.shape[3], x**(x.shape[0]/2), x-math.sqrt(x.shape[1]), x.add(x,
         alpha=x.shape[0]), x.clamp(max=x.shape[3]), x.fmod(x.shape[1]), x.masked_fill(x>0, x.shape[2]), torch.where(x>0, x, x.shape[2]),
         x.remainder(x.shape[1]*1.5), x.pow(x.shape[0]), x.new_full((2, ), x.shape[1]), x.lerp(x, 1/x.shape[0])),
     sz_sdpa=lambda x: F.scaled_dot_product_attention(x, x, x, scale=1/math.sqrt(x.shape[3]), is_causal=True),
     sz_convt=lambda x: F.conv_transpose2d(x.flatten(0, 1)[:, None], torch.ones(1, 2, 3, 2), stride=(2, 3), padding=1, output_padding=(1,
         0)),
     sz_fft=lambda x: (torch.fft.rfft(x, n=x.shape[3]*2), torch.fft.irfft(torch.fft.rfft(x), n=x.shape[3]), torch.fft.fft2(x,
         s=(x.shape[2], 4)), torch.fft.ifftn(x, dim=(1, 2)), torch.fft.rfftfreq(x.shape[3])),
     sz_perm=lambda x: (x.permute(0, 2, 3, 1).reshape(-1, x.shape[1]), x.transpose(1, 3).contiguous().view(x.shape[0], -1), x.permute(3,
         0, 1, 2).flatten(1)),
     sz_cl=lambda x: (x.to(memory_format=torch.channels_last)*2, F.relu(x.contiguous(memory_format=torch.channels_last)).flatten(1),
         torch.empty_like(x.to(memory_format=torch.channels_last)), F.conv2d(x.to(memory_format=torch.channels_last), torch.ones(4, 8, 3,
         3)), F.adaptive_avg_pool2d(x.to(memory_format=torch.channels_last), 1), F.interpolate(x.to(memory_format=torch.channels_last),
         scale_factor=2)),
     sz_cmp=lambda x: x.sum(0) if x.shape[2]*2>x.shape[3]+3 else x.sum(1),
     sz_cmp2=lambda x: x[:, :4] if x.shape[1]%4==0 and x.shape[2]!=x.shape[3] else x[:, :2],
     sz_window=lambda x: x[:, :, :x.shape[2]//5*5, :x.shape[3]//4*4].reshape(x.shape[0], x.shape[1], x.shape[2]//5, 5, x.shape[3]//4,
         4).permute(0, 2, 4, 3, 5, 1).reshape(-1, 20, x.shape[1]),
     sz_padwin=lambda x: F.pad(x, (0, (5-x.shape[3]%5)%5, 0, (4-x.shape[2]%4)%4)).unflatten(2, (-1, 4)).unflatten(4, (-1, 5)).transpose(3,
         4).flatten(3))

each(Y,
     sz_ar=lambda x: (torch.arange(x.shape[0]), torch.arange(1, x.shape[1]+1, 2), torch.arange(x.shape[0], 0, -1), torch.arange(0,
         x.shape[1], x.shape[0]/3), torch.linspace(0, x.shape[0], x.shape[1]), torch.linspace(-1, 1, steps=x.shape[0]*2),
         torch.logspace(0, 1, x.shape[1])),
     sz_fac=lambda x: (torch.eye(x.shape[0], x.shape[1]), torch.full((x.shape[1], 2), x.shape[0]), torch.tril_indices(x.shape[0],
         x.shape[1]), torch.triu_indices(x.shape[0], x.shape[0], 1), torch.ones(x.shape[::-1]), torch.empty(x.shape[0]+1,
         x.shape[1]*2).fill_(x.shape[0]), torch.zeros(2, *x.shape), x.new_ones(x.shape[0]//2), torch.rand(x.shape[1]), torch.randint(0,
         x.shape[0], (x.shape[1], )), torch.randperm(x.shape[0]), torch.hann_window(x.shape[1]), torch.tensor(x.shape[0]),
         torch.tensor([x.shape[0], x.shape[1]]), torch.bartlett_window(x.shape[1])),
     sz_multin=lambda x: (torch.multinomial(x.softmax(1), 3), torch.multinomial(x.softmax(1), x.shape[0], replacement=True),
         x.softmax(1).cumsum(1)>0.5),
     sz_meshes=lambda x: torch.stack(torch.meshgrid(torch.arange(x.shape[0]), torch.arange(x.shape[1]), indexing='ij'), -1).reshape(-1, 2),
     sz_rel=lambda x: (torch.arange(x.shape[1])[None]-torch.arange(x.shape[0])[:, None]).clamp(-3, 3)+3,
     sz_alibi=lambda x: (x.cumsum(1)-1)*torch.pow(2.0, -torch.arange(1, x.shape[0]+1)/x.shape[0])[:, None],
     sz_posenc=lambda x: torch.cat([(torch.arange(x.shape[0])[:, None]*torch.exp(torch.arange(0, x.shape[1],
         2)*(-math.log(1e4)/x.shape[1]))).sin(), (torch.arange(x.shape[0])[:, None]*torch.exp(torch.arange(0, x.shape[1],
         2)*(-math.log(1e4)/x.shape[1]))).cos()], 1),
     sz_causal=lambda x: torch.full((x.shape[0], x.shape[0]), float('-inf')).triu(1)+torch.zeros(x.shape[0], 1),
     sz_outer=lambda x: (torch.outer(x[0], x[:, 0]), x.unsqueeze(1)-x.unsqueeze(0), (x[:, None]*x[None]).flatten(1), torch.cdist(x, x),
         x@x.T, torch.einsum('ij,kj->ik', x, x), torch.addmm(x[:, :1], x, x.T), torch.baddbmm(x[:, :, None], x[:, :, None], x[:, None,
         :1])),
     sz_catn=lambda x: (torch.cat([x, x.new_zeros(x.shape[0], x.shape[0])], 1), torch.cat([x]*3), torch.stack([x, x], 2).view(x.shape[0],
         -1), torch.cat([x[:1], x[1:], x[-1:]]), torch.cat([x.T, x.T], 0), torch.vstack([x, x[:2]])),
     sz_idx=lambda x: (x[torch.arange(x.shape[0]), torch.arange(x.shape[0])], x[:, torch.arange(x.shape[1]-1, -1, -1)],
         x[torch.arange(x.shape[0])[:, None], torch.tensor([0, 1])], x.index_select(0, torch.arange(0, x.shape[0], 2)), x.gather(1,
         torch.zeros(x.shape[0], 2, dtype=i64)), x.scatter(1, torch.arange(x.shape[0])[:, None]%x.shape[1], 1.), x.index_add(0,
         torch.arange(x.shape[0]), x), x.index_copy(1, torch.tensor([0]), x[:, :1]), x.index_put((torch.arange(x.shape[0]), ),
         torch.zeros(x.shape[1]))),
     sz_asst=lambda x: (x.as_strided((x.shape[0]-1, 3), (x.shape[1], 1)), x.contiguous().as_strided((x.shape[1], x.shape[0]), (1,
         x.shape[1])), torch.as_strided(x, (2, 2), (1, 2), x.shape[1])),
     sz_norm=lambda x: (F.normalize(x, dim=0), x.norm(dim=1, keepdim=True), x.mean(0)/x.std(0), (x-x.mean(1, keepdim=True))/(x.var(1,
         keepdim=True)+1e-5).sqrt(), x.softmax(0), x.log_softmax(1), x/x.sum(), x.logsumexp(0)),
     sz_loop=lambda x: sum(x[i]*x.shape[1] for i in range(x.shape[0])),
     sz_bool=lambda x: (x*(x.shape[0]>4), x+(x.shape[0]==6), torch.where(torch.tensor(x.shape[0]>2), x, -x)),
     sz_mod=lambda x: (torch.zeros(x.shape[0]%4), torch.zeros(x.shape[1]//3+x.shape[0]%2), torch.zeros(-(-x.shape[0]//4)),
         torch.zeros((x.shape[1]+7)//8*8), F.pad(x, (0, -x.shape[1]%8)), torch.zeros(x.shape[0]<<1), torch.zeros(x.shape[1]>>1),
         torch.zeros(x.shape[0]&6) if False else x),
     sz_1d=lambda x: (F.conv1d(x[None], torch.ones(3, 6, 3) if x.shape[0]==6 else None), F.max_pool1d(x[None], 2, ceil_mode=True),
         F.avg_pool1d(x, 3, 1, 1), F.conv_transpose1d(x[:, None], torch.ones(1, 2, 4), stride=2), F.adaptive_avg_pool1d(x, x.shape[1]//2),
         F.adaptive_max_pool1d(x, 3), F.interpolate(x[None], x.shape[0]), F.pixel_shuffle(x[:4].reshape(1, 4, -1, 1), 2) if False else x,
         F.lp_pool1d(x, 2, 3)),
     sz_emb=lambda x: (F.embedding(torch.arange(x.shape[0]), x), F.embedding_bag(torch.arange(x.shape[0])[None], x), F.linear(x, x),
         F.bilinear(x, x, torch.ones(2, 8, 8) if x.shape[1]==8 else None)))

each(Z,
     sz_attn=lambda q, k: ((q@k.T/math.sqrt(q.shape[1])+torch.ones(q.shape[0],
         k.shape[0]).tril(k.shape[0]-q.shape[0]).log()).softmax(-1)@k, F.scaled_dot_product_attention(q[None], k[None], k[None],
         is_causal=False)),
     sz_catcmp=lambda q, k: torch.cat([q, k])[:q.shape[0]] if q.shape[0]<k.shape[0] else q,
     sz_padto=lambda q, k: F.pad(q, (0, 0, 0, k.shape[0]-q.shape[0]))+k,
     sz_bcast=lambda q, k: (q[:, None]+k[None], torch.cdist(q, k), q[:, 0][:, None]*k[:, 0], torch.outer(q[:, 0], k[:, 1]),
         torch.broadcast_to(q[0], k.shape), torch.kron(q, k)),
     sz_ctc=lambda q, k: (torch.bmm(q[None], k.mT[None]), torch.matmul(k, q.mT), torch.tensordot(q, k, ([1], [1])), torch.einsum('ad,bd->ab', q, k), F.linear(q, k), F.cosine_similarity(q[:, None], k[None], -1), torch.block_diag(q, k), torch.cartesian_prod(q[:,
         0], k[:, 0])),
     sz_unpool3=lambda q, k: F.max_unpool1d(*F.max_pool1d(q, 2, return_indices=True), 2, output_size=(q.shape[1], )))

# ---- numbers that operators give, and numbers of sizes that they take

each((r(2, 3), r(2, 3).double()),
     size=lambda x, y: a.size.int(x, 0),
     stride=lambda x, y: a.stride.int(x, 0),
     numel=lambda x, y: a.numel(x),
     ssize=lambda x, y: a.sym_size.default(x)[1],
     sstride=lambda x, y: a.sym_stride.default(x)[0],
     nel=lambda x, y: a.sym_numel(x),
     symcont=lambda x, y: a.sym_is_contiguous(x),
     inf=lambda x, y: a.is_inference(x),
     leaf=lambda x, y: a.is_leaf(x),
     neg=lambda x, y: a.is_neg(x),
     cmplx=lambda x, y: a.is_complex(x),
     signed=lambda x, y: a.is_signed(x),
     outnr=lambda x, y: a.output_nr(x),
     pin=lambda x, y: a.is_pinned(x),
     hassame=lambda x, y: a._has_same_storage_numel(x, y),
     item=lambda x, y: a.item(x[0, 0]),
     loc=lambda x, y: a._local_scalar_dense(x[0, 0]),
     sdp=lambda x, y: a._fused_sdp_choice(x[None, None], x[None, None], x[None, None]),
     cusparse=lambda x, y: a._debug_has_internal_overlap(x),
     prom=lambda x, y: torch.promote_types(x.dtype, y.dtype),
     rtt=lambda x, y: torch.result_type(x, 1.5),
     clampsym=lambda x, y: torch.clamp(x, x.shape[0]*0.5, x.shape[1]).sum(),
     wheresc=lambda x, y: torch.where(x>0, 1.5, 2).sum(),
     wheresym=lambda x, y: torch.where(x>0, x.shape[0], x.shape[1]).sum(),
     wheresf=lambda x, y: torch.where(x>0, x.shape[0]/2, 0.).sum(),
     wheresi=lambda x, y: torch.where(x>0, y, x.shape[0]).sum(),
     clampm=lambda x, y: x.clamp(min=x.shape[0]).sum(),
     clampt=lambda x, y: x.clamp(min=y[0, 0], max=x.shape[1]) .sum() if False else x.clamp(min=y[0, 0]).sum(),
     isin=lambda x, y: torch.isin(x, x.shape[0]).sum(),
     fillsym=lambda x, y: torch.full_like(x, x.shape[0]).sum()+x.new_tensor(x.shape[0]),
     stens=lambda x, y: torch.scalar_tensor(x.shape[0]*.5)+torch.tensor(x.shape[1]/2),
     powsym=lambda x, y: (x.shape[0]**x).sum()+(x**x.shape[0]).sum(),
     maxsym=lambda x, y: torch.maximum(x, torch.tensor(x.shape[0])).sum(),
     lerp=lambda x, y: torch.lerp(x, x, x.shape[0]/4).sum(),
     addc=lambda x, y: torch.addcmul(x, x, x, value=x.shape[0]).sum(),
     rsub=lambda x, y: (x.shape[0]-x).sum()+(x.shape[1]/x).sum()+(x.shape[0]//x).sum()+(x.shape[0]%x).sum(),
     cmps=lambda x, y: (x>x.shape[0]).sum()+(x==x.shape[1]/2).sum()+(x.shape[0]<=x).sum(),
     bitw=lambda x, y: ((x.int()&x.shape[0])|x.shape[1]).sum()+(x.int()<<x.shape[0]).sum(),
     dropsym=lambda x, y: torch.nn.functional.dropout(x, 1/x.shape[0]).sum(),
     elu=lambda x, y: torch.nn.functional.elu(x, x.shape[0]*.1).sum()+torch.nn.functional.leaky_relu(x, 1/x.shape[1]).sum(),
     hub=lambda x, y: torch.nn.functional.huber_loss(x, x, delta=x.shape[0]),
     lsm=lambda x, y: torch.nn.functional.layer_norm(x, (3, ), eps=1/x.shape[0]).sum(),
     hardt=lambda x, y: torch.nn.functional.hardtanh(x, -x.shape[0], x.shape[0]).sum(),
     thr=lambda x, y: torch.nn.functional.threshold(x, x.shape[0], 0.).sum(),
     nan=lambda x, y: x.nan_to_num(x.shape[0]).sum(),
     nrm=lambda x, y: x.norm(p=x.shape[0]).sum()+torch.dist(x, x, x.shape[0]),
     quant=lambda x, y: x.quantile(1/x.shape[0]),
     renorm=lambda x, y: x.renorm(2, 0, x.shape[0]).sum(),
     softp=lambda x, y: torch.nn.functional.softplus(x, x.shape[0]).sum(),
     uni=lambda x, y: x.clone().uniform_(0, x.shape[0]).sum()+x.clone().normal_(0, x.shape[1]).sum()+x.clone().fill_(x.shape[0]).sum(),
     histc=lambda x, y: torch.histc(x, 4, 0, x.shape[0]).sum(),
     mvl=lambda x, y: torch.mvlgamma(x+9, 2).sum(),
     vand=lambda x, y: torch.vander(x[0], x.shape[0]).sum(),
     rep=lambda x, y: x.add_(x.shape[0]).mul_(x.shape[1]/2).div_(x.shape[0]).sub(x.shape[0], alpha=2).sum(),
     rnd=lambda x, y: torch.round(x, decimals=2).sum()+torch.randint(x.shape[0], (2, )).sum()+torch.randint(1, x.shape[0]+3, (x.shape[1],
         )).sum())

# ---- out forms

def out_of(call, *size, dtype=torch.float32):
    """What `call` writes to a tensor of this size."""
    out = torch.empty(*size, dtype=dtype)
    call(out)
    return out


each((r(4, 6), r(4, 6)),
     out_add=lambda x, y: out_of(lambda o: torch.add(x, y, out=o), 4, 6),
     out_dtype=lambda x, y: out_of(lambda o: torch.exp(x, out=o), 4, 6, dtype=torch.float64),
     out_grows=lambda x, y: out_of(lambda o: torch.exp(x, out=o), 0),
     out_mm=lambda x, y: out_of(lambda o: torch.mm(x, y.t(), out=o), x.shape[0], x.shape[0]),
     out_cat=lambda x, y: out_of(lambda o: torch.cat([x, y], out=o), 8, 6),
     out_sum=lambda x, y: out_of(lambda o: torch.sum(x, 1, out=o), 4),
     out_norm=lambda x, y: out_of(lambda o: torch.norm(x, 2, 1, out=o), 4),
     out_view=lambda x, y: out_of(lambda o: torch.clamp(x, 0, 1, out=o[2:6]), 8, 6),
     out_arange=lambda x, y: x + out_of(lambda o: torch.arange(6, out=o), 6))

# ---- vmap

B, M = r(5, 3, 4), r(5, 4, 4)
for function in (lambda x: x @ x.T, lambda x: F.linear(x, torch.ones(6, 4)), lambda x: x.softmax(-1), lambda x: x.sum(0),
                 lambda x: (x.mean(), x.var(1), x.std()), lambda x: x.T, lambda x: x.reshape(-1), lambda x: torch.cat([x, x * 2]),
                 lambda x: torch.stack([x, x], 1), lambda x: x[0], lambda x: x[:, 1:3], lambda x: x[torch.tensor([0, 2])],
                 lambda x: x.gather(1, torch.zeros(3, 2, dtype=i64)), lambda x: torch.where(x > 0, x, 0.), lambda x: F.layer_norm(x, (4,)),
                 lambda x: x / x.norm(dim=-1, keepdim=True), lambda x: x.cumsum(0), lambda x: x.sort(-1)[0], lambda x: x.argmax(-1),
                 lambda x: F.conv1d(x, torch.ones(2, 3, 2)), lambda x: F.max_pool1d(x, 2), lambda x: F.pad(x, (1, 1)),
                 lambda x: F.scaled_dot_product_attention(x[None], x[None], x[None]), lambda x: x.repeat(2, 1), lambda x: x.chunk(2, 1),
                 lambda x: torch.arange(4) * x, lambda x: x.double() * x.int(), lambda x: torch.fft.rfft(x).abs(), lambda x: torch.kron(x, x),
                 lambda x: torch.vmap(lambda y: y.sum(), in_dims=1)(x), lambda x: F.batch_norm(x, torch.zeros(4), torch.ones(4))):
    vmapped(function, B)
for function in (torch.trace, torch.linalg.inv, torch.linalg.det, torch.diag, torch.tril, lambda x: x + torch.eye(4)):
    vmapped(function, M)
for options in ({"in_dims": 1}, {"in_dims": 2}, {"out_dims": 1}, {"out_dims": -1}):
    vmapped(lambda x: x.cos() + x.sum(0), B, **options)
vmapped(lambda x, y: x @ y, B, r(4, 2), in_dims=(0, None))
vmapped(lambda x: x + torch.rand(4), B, randomness="different")
