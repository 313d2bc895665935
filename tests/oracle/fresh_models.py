"""Programs of model libraries: torchvision, timm and transformers models with random weights, made small."""
import inspect, pathlib, re, sys
import torch
from torch.export import Dim, export

LIMIT = 40_000_000   # parameters; larger models are left out
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


def small_config(kind, rng, narrow, widths):
    """A config of this class, made small; its sub-configs too."""
    plain = kind()
    known = plain.to_dict()
    wanted = DEPTHS | COUNTS | (widths if narrow else {})
    chosen = {k: v for k, v in wanted.items() if isinstance(known.get(k), int) and not isinstance(known[k], bool)}
    if narrow and isinstance(known.get("conv_dim"), (list, tuple)):
        chosen["conv_dim"] = [16] * len(known["conv_dim"])
    for name in getattr(kind, "sub_configs", {}):
        part = getattr(plain, name, None)
        if part is not None:
            chosen[name] = small_config(type(part), rng, narrow, widths)
    config = kind(**chosen)
    config.use_cache = False
    return config


def inputs_for(model, rng):
    """Keyword inputs to try in turn, with the dimension names of each."""
    config, names = model.config, list(inspect.signature(model.forward).parameters)
    main, batch, length = model.main_input_name, rng.choice([2, 3]), rng.choice([8, 12, 16, 24])
    def ids():
        return torch.randint(3, 90, (batch, length))
    text = {"input_ids": ids(), "attention_mask": torch.ones(batch, length, dtype=torch.int64)}
    vision = getattr(config, "vision_config", config)
    size, channels = getattr(vision, "image_size", None) or 64, getattr(vision, "num_channels", 3) or 3
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    if height > 512:
        height = width = 128
    image = {"pixel_values": torch.randn(batch, channels, height, width)}
    if main == "input_ids" or "input_ids" in names:
        text = {k: v for k, v in text.items() if k in names}
        extra = [{"decoder_input_ids": ids()}, {}] if "decoder_input_ids" in names else [{}]
        for more in extra:
            if "pixel_values" in names and not getattr(config, "text_config", None) is config:
                yield text | image | more
            yield text | more
            yield {"input_ids": text["input_ids"]} | more
    if "pixel_values" in names:
        yield image
        for side in (64, 32):
            yield {"pixel_values": torch.randn(batch, channels, side, side)}
        yield {"pixel_values": torch.randn(batch, getattr(config, "num_frames", 8), channels, height, width)}
    bins = getattr(config, "num_mel_bins", 80) or 80
    decoder = {"decoder_input_ids": ids()} if "decoder_input_ids" in names else {}
    if "input_values" in names:
        yield {"input_values": torch.randn(batch, rng.choice([4000, 3200]))} | decoder
        yield {"input_values": torch.randn(batch, 1, 3200)}
        yield {"input_values": torch.randn(batch, getattr(config, "max_length", 1024), bins)}
    if "input_features" in names:
        for shape in ((bins, 2 * getattr(config, "max_source_positions", 100)), (64, bins), (64, 160)):
            yield {"input_features": torch.randn(batch, *shape)} | decoder
    if "past_values" in names:
        past = getattr(config, "context_length", 32) + max(getattr(config, "lags_sequence", [0]) or [0])
        yield {"past_values": torch.randn(batch, past, getattr(config, "num_input_channels", 1))}


HEADS = ["Model", "Model", "ForCausalLM", "ForMaskedLM", "ForSeq2SeqLM", "ForSequenceClassification", "ForTokenClassification",
         "ForQuestionAnswering", "ForImageClassification", "ForSemanticSegmentation", "ForCTC", "ForAudioClassification",
         "ForVideoClassification", "ForDepthEstimation", "ForMaskedImageModeling", "Backbone", "ForObjectDetection"]


def transformers_model(name, rng):
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    import transformers
    kind = CONFIG_MAPPING[name]
    makers = [getattr(transformers, "Auto" + (h if h in ("Model", "Backbone") else "ModelFor" + h[3:]), None) for h in HEADS]
    makers = [m for m in makers if m is not None and kind in m._model_mapping]
    maker, scale = rng.choice(makers), rng.choice([1, 1, 2])
    widths = {k: v * scale if v >= 16 else v for k, v in WIDTHS.items()}
    attention = {"attn_implementation": "eager"} if rng.random() < 0.2 else {}
    for narrow in (True, False):
        try:
            with torch.device("meta"):
                model = maker.from_config(small_config(kind, rng, narrow, widths), **attention)
            if sum(p.numel() for p in model.parameters()) > LIMIT:
                continue
            model = maker.from_config(small_config(kind, rng, narrow, widths), **attention).eval()
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
    tensors = [("", t) for t in args] + list(kwargs.items())
    if kind == "static":
        return export(model, args, kwargs)
    dims = named_dims(tensors) if kind == "named" else [{i: Dim.AUTO for i in range(t.dim())} for _, t in tensors]
    names = list(inspect.signature(model.forward).parameters)
    return export(model, args, kwargs, dynamic_shapes=dict(zip(names[: len(args)] + list(kwargs), dims)))


def catalogue():
    found = []
    if library("torchvision"):
        found += [("tv", n) for n in sys.modules["torchvision"].models.list_models() if not any(k in n for k in ("rcnn", "retinanet", "ssd", "fcos", "quantized"))]
    if library("timm"):
        found += [("timm", n) for n in sys.modules["timm"].list_models() if not re.search("huge|giant|gigantic|large|_xl|enormous|_so|_base", n)]
    if library("transformers"):
        from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES
        found += [("hf", n) for n in MODEL_MAPPING_NAMES]
    return found


def family(entry):
    """A model's name without its size, so that no family is drawn more often for having many sizes."""
    return entry[0], re.split(r"[\d_]", entry[1])[0] if entry[0] == "timm" else entry[1]


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
            dims = rng.choice(["named", "named", "static", "auto", "auto"])
            yield f"{kind}.{name}.{dims}", exported(model, args, kwargs, dims)
        except Exception:  # not every model can be made small, and not every one exports
            continue
        count -= 1
