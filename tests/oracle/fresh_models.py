"""Programs of model libraries: torchvision, timm and transformers models with random weights, made small."""
import inspect, pathlib, re, sys
import torch
import torch.utils._pytree as pytree
from torch.export import Dim, export

LIMIT = 160_000_000   # parameters; larger models are left out
IMAGE_SIZES = [64, 96, 112, 128, 160, 192, 224]


def library(name):
    """The module, or None where it is not installed."""
    try:
        return __import__(name)
    except ImportError:
        return None


library("torchvision_ops")   # the operators torchvision wants, where it is installed without them (oracle/torchvision_ops.py)


# torchvision and timm

def image_model(kind, name, rng):
    if kind == "tv":
        model = library("torchvision").models.get_model(name, weights=None, **({"weights_backbone": None} if "_" in name and any(
            k in name for k in ("fcn", "deeplab", "lraspp")) else {}))
        module = type(model).__module__
        if "video" in module:
            shape = (3, rng.choice([8, 16]), 112, 112) if "resnet" in module or "s3d" in module else (3, 16, 224, 224)
            return model, [torch.randn(2, *shape)]
        if "optical_flow" in module:
            return model, [torch.randn(2, 3, 128, 128), torch.randn(2, 3, 128, 128)]
    else:
        model = library("timm").create_model(name)
        size = model.pretrained_cfg.get("input_size")
        if model.pretrained_cfg.get("fixed_input_size") and size:
            return model, [torch.randn(2, *size)]
    size = rng.choice(IMAGE_SIZES)
    return model, [torch.randn(rng.choice([2, 3, 4]), 3, size, size)]


def run_image_model(kind, name, rng):
    model, images = image_model(kind, name, rng)
    return model.eval(), tuple(images), {}


# transformers

WIDTHS = {"hidden_size": 32, "d_model": 32, "n_embd": 32, "dim": 32, "embed_dim": 32, "embedding_size": 32, "word_embed_proj_dim": 32,
          "intermediate_size": 48, "ffn_dim": 48, "d_ff": 48, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "moe_intermediate_size": 24,
          "shared_expert_intermediate_size": 24, "d_kv": 8, "head_dim": 8, "num_attention_heads": 4, "n_head": 4, "n_heads": 4,
          "num_heads": 4, "encoder_attention_heads": 4, "decoder_attention_heads": 4, "num_key_value_heads": 2,
          "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8, "linear_value_head_dim": 8,
          "kv_lora_rank": 16, "q_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8, "projection_dim": 24,
          "num_codevectors_per_group": 16, "codevector_dim": 16, "proj_codevector_dim": 16, "out_hidden_size": 32, "hidden_dim": 32,
          "max_source_positions": 200, "pooler_hidden_size": 32, "attention_hidden_size": 32, "state_size": 8, "time_step_rank": 4}
DEPTHS = {k: 2 for k in ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers", "depth",
                         "num_decoder_layers", "num_encoder_layers")}
COUNTS = {"vocab_size": 99, "num_experts": 4, "num_local_experts": 4, "n_routed_experts": 4, "moe_num_experts": 4,
          "num_experts_per_tok": 2, "moe_k": 2, "max_position_embeddings": 128, "n_positions": 128, "n_group": 1, "topk_group": 1,
          "first_k_dense_replace": 1, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}


UNSET = {"vocab_size": 99, "prediction_length": 8, "head_dim": 8, "num_key_value_heads": 4}   # fields that a config leaves to its user
# What narrow widths need of each other, tried in turn: as many keys as heads, a partial rotation, images of the config's own
# making; then the config's own widths.
WAYS = [{}, {"num_key_value_heads": 4, "rotary_dim": 4, "qk_head_dim": 16, "mamba_d_head": 8}, {"image_size": 64}, None]


def small_config(kind, rng, way, widths):
    """A config of this class, made small; its sub-configs too."""
    try:
        plain = kind()
    except Exception:   # one that cannot stand without what it leaves to its user
        plain = kind(**{k: v for k, v in UNSET.items() if k in inspect.signature(kind).parameters})
    known = plain.to_dict()
    wanted = DEPTHS | COUNTS | ({} if way is None else widths | way)
    chosen = {k: v for k, v in wanted.items() if isinstance(known.get(k), int) and not isinstance(known[k], bool)}
    chosen |= {k: v for k, v in UNSET.items() if k in known and known[k] is None}
    if way is not None and isinstance(known.get("conv_dim"), (list, tuple)):
        chosen["conv_dim"] = [16] * len(known["conv_dim"])
    for name in getattr(kind, "sub_configs", {}):
        part = getattr(plain, name, None)
        if part is not None:
            chosen[name] = part if type(part).__name__ in ("TimmBackboneConfig", "TimmWrapperConfig") else small_config(type(part), rng, way, widths)
    config = kind(**chosen)
    config.use_cache = False
    return config


def needed(model, known, batch, length):
    """Inputs that the model does not run without, by their names; None where one of them cannot be guessed."""
    config, made = model.config, {}
    width = getattr(config, "hidden_size", None) or getattr(config, "d_model", 32)
    for name, parameter in inspect.signature(model.forward).parameters.items():
        if parameter.default is not parameter.empty or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or name in known:
            continue
        if name.endswith("input_ids"):
            made[name] = torch.randint(3, 90, (batch, length))
        elif name.endswith(("_embeds", "_states", "latents")):
            made[name] = torch.randn(batch, length, width)
        elif name.endswith("mask"):
            like = [t for k, t in known.items() if name.startswith(k)] or [torch.empty(batch, length)]
            made[name] = torch.ones(like[0].shape[:2], dtype=torch.int64)
        elif name.startswith("pixel_values"):
            made[name] = torch.randn(batch, 8, 3, 64, 64) if "video" in name else torch.randn(batch, 3, 64, 64)
        elif name in ("input_values", "audio_values"):
            made[name] = torch.randn(batch, 3200)
        elif name in ("input_features", "audio_mel"):
            made[name] = torch.randn(batch, 64, 80)
        else:
            return None
    return made


def inputs_for(model, rng):
    """Keyword inputs to try in turn, each with what the model needs beside them."""
    batch, length = rng.choice([2, 3]), rng.choice([8, 12, 16, 24])
    for known in [*known_inputs(model, rng, batch, length), {}]:
        more = needed(model, known, batch, length)
        if more is not None and (known or more):
            yield known | more


def known_inputs(model, rng, batch, length):
    config, names = model.config, list(inspect.signature(model.forward).parameters)
    def ids():
        return torch.randint(3, 90, (batch, length))
    text = {"input_ids": ids(), "attention_mask": torch.ones(batch, length, dtype=torch.int64)}
    if "bbox" in names:
        text["bbox"] = torch.zeros(batch, length, 4 if "udop" in config.model_type or "layout" in config.model_type else 8, dtype=torch.int64)
    vision = getattr(config, "vision_config", config)
    size, channels = getattr(vision, "image_size", None) or 64, getattr(vision, "num_channels", 3) or 3
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    if height > 512:
        height = width = 128
    image = {"pixel_values": torch.randn(batch, channels, height, width)}
    decoder = {"decoder_input_ids": ids()} if "decoder_input_ids" in names else {}
    if "input_ids" in names:
        text = {k: v for k, v in text.items() if k in names}
        for more in [decoder, {}] if decoder else [{}]:
            if "pixel_values" in names and not getattr(config, "text_config", None) is config:
                yield text | image | more
            yield text | more
            yield {"input_ids": text["input_ids"]} | more
    if "pixel_values" in names:
        yield image
        for side in (64, 32, size if isinstance(size, int) else 96):
            yield {"pixel_values": torch.randn(batch, channels, side, side)}
        yield {"pixel_values": torch.randn(batch, getattr(config, "num_frames", 8), channels, height, width)}
        yield {"pixel_values": torch.randn(batch, 2, channels, 64, 64)}
    bins = getattr(config, "num_mel_bins", 80) or 80
    if "input_values" in names:
        yield {"input_values": torch.randn(batch, rng.choice([4000, 3200]))} | decoder
        yield {"input_values": torch.randn(batch, 1, 3200)}
        yield {"input_values": torch.randn(batch, getattr(config, "max_length", 1024), bins)}
    if "input_features" in names:
        for shape in ((bins, 2 * getattr(config, "max_source_positions", 100)), (64, bins), (64, 160), (64, 128)):
            yield {"input_features": torch.randn(batch, *shape)} | decoder
    if "past_values" in names:
        past = (getattr(config, "context_length", None) or 32) + max(getattr(config, "lags_sequence", [0]) or [0])
        series = {"past_values": torch.randn(batch, past), "past_time_features": torch.randn(batch, past, getattr(config, "num_time_features", 0) or 0),
                  "past_observed_mask": torch.ones(batch, past)}
        yield {k: v for k, v in series.items() if k in names}
        yield {"past_values": torch.randn(batch, past, getattr(config, "num_input_channels", 1))}
        yield {"past_values": torch.randn(batch, past), "past_values_padding": torch.zeros(batch, past), "freq": torch.zeros(batch, 1, dtype=torch.int64)}
    if "states" in names:
        sizes = {"states": config.state_dim, "actions": config.act_dim, "rewards": 1, "returns_to_go": 1}
        yield {k: torch.randn(batch, length, n) for k, n in sizes.items()} | {
            "timesteps": torch.arange(length).repeat(batch, 1), "attention_mask": torch.ones(batch, length, dtype=torch.int64)}


HEADS = ["Model", "Model", "ForCausalLM", "ForMaskedLM", "ForSeq2SeqLM", "ForSequenceClassification", "ForTokenClassification",
         "ForQuestionAnswering", "ForImageClassification", "ForSemanticSegmentation", "ForCTC", "ForAudioClassification",
         "ForVideoClassification", "ForDepthEstimation", "ForMaskedImageModeling", "Backbone", "ForObjectDetection"]


def auto_makers(kind):
    """The automatic classes that know this config."""
    import transformers
    makers = [getattr(transformers, "Auto" + (h if h in ("Model", "Backbone") else "ModelFor" + h[3:]), None) for h in HEADS]
    return [m.from_config for m in makers if m is not None and kind in m._model_mapping]


def own_makers(kind):
    """Every class in the config's modeling file that is made of it: bodies, heads and parts that no automatic class knows."""
    import importlib, transformers
    module = importlib.import_module(kind.__module__.replace("configuration_", "modeling_"))
    return [c._from_config for c in vars(module).values() if inspect.isclass(c) and issubclass(c, transformers.PreTrainedModel)
            and c.config_class is kind and c.__module__ == module.__name__ and not c.__name__.endswith("PreTrainedModel")]


def transformers_model(name, rng):
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    kind = CONFIG_MAPPING[name]
    auto, own = auto_makers(kind), own_makers(kind)
    maker, scale = rng.choice(auto if auto and (rng.random() < 0.7 or not own) else own), rng.choice([1, 1, 2])
    widths = {k: v * scale if v >= 16 else v for k, v in WIDTHS.items()}
    attention = {"attn_implementation": "eager"} if rng.random() < 0.2 else {}
    for way in WAYS:
        try:
            with torch.device("meta"):
                model = maker(small_config(kind, rng, way, widths), **attention)
            if sum(p.numel() for p in model.parameters()) > LIMIT:
                continue
            model = maker(small_config(kind, rng, way, widths), **attention).eval()
        except Exception:
            continue
        for kwargs in inputs_for(model, rng):
            try:
                with torch.no_grad():
                    model(**kwargs)
                return model, (), kwargs
            except Exception:
                continue
    raise ValueError(f"no small {name}")


# export

def named_dims(tensors):
    """Named dims as a user would give them: a batch for all, a length for each kind of token input."""
    batch, lengths = Dim("batch", max=64), {}
    def dims(name, t):
        if t.dim() == 2 and not t.is_floating_point():
            part = "decoder_length" if name.startswith("decoder") else "length"
            return {0: batch, 1: lengths.setdefault(part, Dim(part, min=4, max=96))}
        return {0: batch}
    return [dims(n, t) for n, t in tensors]


def exported(model, args, kwargs, kind):
    names = list(inspect.signature(model.forward).parameters)
    given = dict(zip(names[: len(args)] + list(kwargs), [*args, *kwargs.values()]))
    if kind == "static":
        return export(model, args, kwargs)
    tensors = [(n, t) for n, t in given.items() if torch.is_tensor(t)]
    dims = named_dims(tensors) if kind == "named" else [{i: Dim.AUTO for i in range(t.dim())} for _, t in tensors]
    return export(model, args, kwargs, dynamic_shapes={n: None for n in given} | {n: d for (n, _), d in zip(tensors, dims)})


def catalogue():
    found = []
    if library("torchvision"):
        found += [("tv", n) for n in sys.modules["torchvision"].models.list_models() if not any(k in n for k in ("rcnn", "retinanet", "ssd", "fcos", "quantized"))]
    if library("timm"):
        found += [("timm", n) for n in sys.modules["timm"].list_models() if not re.search("huge|giant|gigantic|large|_xl|enormous|_so|_base", n)]
    if library("transformers"):
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING
        found += [("hf", n) for n in CONFIG_MAPPING]
    return found


def family(entry):
    """A model's name without its size, so that no family is drawn more often for having many sizes."""
    return entry[0], re.split(r"[\d_]", entry[1])[0] if entry[0] == "timm" else entry[1]


def labels_for(model, kwargs, rng):
    """A loss's targets, where the model computes one of its inputs."""
    if "labels" not in inspect.signature(model.forward).parameters or "input_ids" not in kwargs:
        return {}
    ids = kwargs.get("decoder_input_ids", kwargs["input_ids"])
    return {"labels": rng.choice([ids.clone(), ids[:, 0] % 2, torch.zeros_like(ids)])}


def varied(model, args, kwargs, rng):
    """Sometimes in training, in another dtype, with more results or with a loss; as it was where it does not run so."""
    model.train(rng.random() < 0.15)
    dtype = rng.choice([torch.float32] * 7 + [torch.float64, torch.bfloat16, torch.float16])
    more = [{}, {}, {"output_hidden_states": True}, {"output_attentions": True}, labels_for(model, kwargs, rng)]
    given = kwargs | (rng.choice(more) if hasattr(model, "config") else {})
    cast = pytree.tree_map(lambda t: t.to(dtype) if torch.is_tensor(t) and t.is_floating_point() else t, (args, given))
    try:
        with torch.no_grad():
            model.to(dtype)(*cast[0], **cast[1])
        return model, *cast
    except Exception:
        return model.float().eval(), args, kwargs


def programs(rng, count, only=""):
    """As many models, a third of each library, no family twice; each exported with named dims, static or with AUTO for all dims."""
    entries = [e for e in catalogue() if re.search(only, ".".join(e))]
    rng.shuffle(entries)
    by_library = {k: list({family(e): e for e in entries if e[0] == k}.values()) for k in ("hf", "timm", "tv")}
    while count > 0 and any(by_library.values()):
        kind = rng.choice([k for k in ("hf", "hf", "hf", "timm", "timm", "tv") if by_library[k]])
        name = by_library[kind].pop()[1]
        try:
            model, args, kwargs = transformers_model(name, rng) if kind == "hf" else run_image_model(kind, name, rng)
            if sum(p.numel() for p in model.parameters()) > LIMIT:
                continue
            model, args, kwargs = varied(model, args, kwargs, rng)
            dims = rng.choice(["named", "named", "static", "auto", "auto"])
            yield f"{kind}.{name}.{dims}", exported(model, args, kwargs, dims)
        except Exception:  # not every model can be made small, and not every one exports
            continue
        count -= 1
