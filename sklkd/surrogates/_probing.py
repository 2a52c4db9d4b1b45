"""What a torch teacher gives away about its inputs: gradients and attention."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import nn

from sklkd.surrogates._evidence import Floats
from sklkd.surrogates._informant import Informant
from sklkd.training import module_of

CHUNK = 256  # rows at once; each output has a backward pass


def gradient(informant: Informant, X: Any, weight: Floats) -> Floats | None:
    """Mean length of the outputs' gradient times each column's deviation: (p,).

    None where the teacher is no torch module that takes X as it is.
    """
    modules = _modules(informant, X)
    if modules is None:
        return None
    share = weight / weight.sum()
    total = np.zeros(X.shape[1])
    for module in modules:
        like = next(module.parameters(), torch.zeros(1))
        for start in range(0, len(X), CHUNK):
            part = slice(start, start + CHUNK)
            squares = _squared_gradients(module, X[part], like)
            total += share[part] @ np.sqrt(squares) / len(modules)
    mean = share @ X
    deviation = np.sqrt(share @ np.square(X - mean))
    importance: Floats = total * deviation
    return importance


def _squared_gradients(module: nn.Module, X: Floats, like: torch.Tensor) -> Floats:
    """Squares of the outputs' derivatives, summed over outputs: (n, p) -> (n, p)."""
    rows = torch.as_tensor(X).to(like).requires_grad_()
    outputs = module(rows)
    outputs = outputs[0] if isinstance(outputs, (tuple, list)) else outputs
    outputs = outputs.reshape(len(rows), -1)
    total = torch.zeros_like(rows)
    for column in range(outputs.shape[1]):
        (slope,) = torch.autograd.grad(
            outputs[:, column].sum(), rows, retain_graph=True
        )
        total += slope.square()
    squares: Floats = total.detach().cpu().double().numpy()
    return squares


def attention(informant: Informant, X: Any, weight: Floats) -> Floats | None:
    """Mean attention that a network's first such layer pays to each column: (p,).

    None where the teacher has no `torch.nn.MultiheadAttention` with a token for each
    column, or one more in front of them.
    """
    modules = _modules(informant, X)
    if modules is None:
        return None
    share = weight / weight.sum()
    total = np.zeros(X.shape[1])
    for module in modules:
        layer = next(
            (
                part
                for part in module.modules()
                if isinstance(part, nn.MultiheadAttention)
            ),
            None,
        )
        if layer is None:
            return None
        paid = _paid(module, layer, X)
        if paid is None:
            return None
        total += share @ paid / len(modules)
    return total


def _paid(module: nn.Module, layer: nn.MultiheadAttention, X: Floats) -> Floats | None:
    """Weights that a layer gives the columns, mean over heads and queries: (n, p)."""
    found: list[torch.Tensor] = []

    def ask(_: nn.Module, args: Any, kwargs: dict[str, Any]) -> Any:
        return args, kwargs | {"need_weights": True, "average_attn_weights": True}

    def keep(_: nn.Module, __: Any, output: Any) -> None:
        found.append(output[1].mean(dim=-2))

    like = next(module.parameters(), torch.zeros(1))
    hooks = [
        layer.register_forward_pre_hook(ask, with_kwargs=True),
        layer.register_forward_hook(keep),
    ]
    try:
        with torch.no_grad():
            for start in range(0, len(X), CHUNK):
                module(torch.as_tensor(X[start : start + CHUNK]).to(like))
    finally:
        for hook in hooks:
            hook.remove()
    paid: Floats = torch.cat(found).cpu().double().numpy()
    if paid.shape[1] == X.shape[1] + 1:
        paid = paid[:, 1:]  # a class token in front
    return paid if paid.shape == X.shape else None


def _modules(informant: Informant, X: Any) -> list[nn.Module] | None:
    """Copies of the teachers' networks, ready to be asked; None if one has none."""
    if not isinstance(X, np.ndarray) or X.dtype.kind not in "fiub":
        return None
    modules = [module_of(member) for member in informant.members.values()]
    if any(module is None for module in modules):
        return None
    return [copy.deepcopy(module).eval() for module in modules if module is not None]
