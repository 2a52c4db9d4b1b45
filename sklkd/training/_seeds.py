"""Randomness of our own: no global generator is read, seeded or advanced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from torch import Tensor
from torch.overrides import TorchFunctionMode

# Functions of torch that draw numbers and accept a generator.
DRAWING = frozenset(
    {
        "uniform_",
        "normal_",
        "kaiming_uniform_",
        "bernoulli_",
        "random_",
        "exponential_",
        "cauchy_",
        "log_normal_",
        "geometric_",
        "rand",
        "randn",
        "randint",
        "randperm",
        "bernoulli",
        "multinomial",
        "normal",
        "poisson",
    }
)
# Factories whose floating-point type follows an ambient default unless it is named.
FACTORIES = frozenset(
    {"empty", "zeros", "ones", "rand", "randn", "normal", "linspace", "eye"}
)
# Functions that draw in the shape of a tensor, and accept none.
LIKE: dict[str, Callable[..., Tensor]] = {
    "rand_like": torch.rand,
    "randn_like": torch.randn,
    "randint_like": torch.randint,
}
# Dropout has no generator argument; the mask's leading dimensions are drawn here.
DROPOUT = {"dropout": None, "dropout1d": 2, "dropout2d": 2, "dropout3d": 2}


def draw_seed(random_state: Any) -> int:
    """Draw one integer seed in [0, 2**31 - 1) from any `random_state`."""
    return int(check_random_state(random_state).randint(2**31 - 1))


def seeded(estimator: BaseEstimator, seed: int) -> BaseEstimator:
    """Give every unset ``random_state`` of an estimator, nested ones too, a seed."""
    unset = [
        name
        for name, value in sorted(estimator.get_params(deep=True).items())
        if name.split("__")[-1] == "random_state" and value is None
    ]
    return estimator.set_params(**dict.fromkeys(unset, seed)) if unset else estimator


class Randomness(TorchFunctionMode):
    """Inside it, everything that torch draws in this thread comes from one seed.

    Initialisation and dropout of any module become a function of the seed. Other
    threads, and the global generators, notice nothing; ``fork_rng`` would be seen by
    both. What draws inside compiled kernels (dropout between the layers of a
    recurrent network, inside attention, AlphaDropout, RReLU) is out of reach.

    Parameters
    ----------
    seed : int
        Seed of the generators, one a device.
    dtype : torch.dtype, default=None
        The type of new floating-point tensors that name none, whatever the ambient
        default is.
    """

    def __init__(self, seed: int, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.seed = seed
        self.dtype = dtype
        self._generators: dict[str, torch.Generator] = {}

    def generator(self, device: torch.device | str = "cpu") -> torch.Generator:
        """Return this seed's generator of a device, the same one every time."""
        name = str(device)
        if name not in self._generators:
            generator = torch.Generator(device=device)
            self._generators[name] = generator.manual_seed(self.seed)
        return self._generators[name]

    def state(self) -> dict[str, Tensor]:
        """Return where each generator stands, to be put back by `restore`."""
        return {name: g.get_state() for name, g in self._generators.items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Put every generator back to where `state` says."""
        for name, value in state.items():
            self.generator(name).set_state(value)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Name the generator and the type of a call that names none."""
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name in DROPOUT:
            return self._dropout(name, *args, **kwargs)
        if name in LIKE:
            return self._like(name, *args, **kwargs)
        if name == "gumbel_softmax":
            return self._gumbel_softmax(*args, **kwargs)
        if name in DRAWING and kwargs.get("generator") is None:
            kwargs["generator"] = self.generator(_device_of(args, kwargs))
        unnamed = name in FACTORIES and kwargs.get("dtype") is None
        if self.dtype and unnamed and not _tensors(args, kwargs):
            kwargs["dtype"] = self.dtype
        return func(*args, **kwargs)

    def _like(
        self, name: str, like: Tensor, *args: Any, dtype: Any = None, **kwargs: Any
    ) -> Tensor:
        """Draw in the shape, the type and on the device of a tensor."""
        device = kwargs.pop("device", None) or like.device
        kwargs.pop("memory_format", None)
        return LIKE[name](
            *args,
            size=tuple(like.shape),
            dtype=dtype or like.dtype,
            device=device,
            generator=self.generator(device),
            **kwargs,
        )

    def _gumbel_softmax(
        self,
        logits: Tensor,
        tau: float = 1.0,
        hard: bool = False,
        eps: float = 1e-10,  # noqa: ARG002 - torch's, deprecated there
        dim: int = -1,
    ) -> Tensor:
        """Softmax of logits with Gumbel noise; `hard` keeps the soft one's gradient."""
        noise = torch.empty_like(logits).exponential_(
            generator=self.generator(logits.device)
        )
        soft = ((logits - noise.log()) / tau).softmax(dim)
        if not hard:
            return soft
        best = soft.argmax(dim, keepdim=True)
        return torch.zeros_like(soft).scatter_(dim, best, 1.0) - soft.detach() + soft

    def _dropout(
        self,
        name: str,
        input: Tensor,  # noqa: A002 - torch's name, passed by keyword too
        p: float = 0.5,
        training: bool = True,
        inplace: bool = False,  # noqa: ARG002 - out of place is always right
        *,
        train: bool = True,  # what `torch.dropout` calls it
    ) -> Tensor:
        """Scale what is kept by 1 / (1 - p), as torch does."""
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability must be in [0, 1], got {p}.")
        if not (training and train) or p == 0:
            return input
        n_drawn = DROPOUT[name] or input.ndim
        shape = input.shape[:n_drawn] + (1,) * (input.ndim - n_drawn)
        kept = torch.empty(shape, dtype=input.dtype, device=input.device).bernoulli_(
            1 - p, generator=self.generator(input.device)
        )
        return input * kept / (1 - p) if p < 1 else input * 0


def _tensors(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
    """The tensors among the arguments of a call."""
    return [arg for arg in (*args, *kwargs.values()) if isinstance(arg, Tensor)]


def _device_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.device | str:
    """Where a call draws: at its first tensor, or where it asks to."""
    tensors = _tensors(args, kwargs)
    return tensors[0].device if tensors else kwargs.get("device") or "cpu"
