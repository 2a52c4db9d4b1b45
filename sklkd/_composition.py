"""Parameters of an object made of named parts, as scikit-learn's Pipeline has them."""

from __future__ import annotations

from inspect import isclass
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator


class NamedParts(BaseEstimator):
    """A base for objects whose parameter `parts` is a list of (name, part).

    Each part can be replaced by name, and its own parameters reached as
    ``name__parameter``. Subclasses say in `parts_parameter` what the list is called.
    """

    parts_parameter: ClassVar[str]

    @property
    def named_parts(self) -> list[tuple[str, Any]]:
        """The list of (name, part)."""
        parts = getattr(self, self.parts_parameter)
        return list(parts) if isinstance(parts, (list, tuple)) else []

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; `deep` adds the parts and theirs."""
        params: dict[str, Any] = super().get_params(deep=False)
        if deep:
            for name, part in self.named_parts:
                params[name] = part
                if hasattr(part, "get_params") and not isclass(part):
                    own = part.get_params()
                    params |= {f"{name}__{key}": value for key, value in own.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters; a part's name replaces that part."""
        if self.parts_parameter in params:
            setattr(self, self.parts_parameter, params.pop(self.parts_parameter))
        replaced = {
            name: params.pop(name) for name, _ in self.named_parts if name in params
        }
        if replaced:
            parts = [
                (name, replaced.get(name, part)) for name, part in self.named_parts
            ]
            setattr(self, self.parts_parameter, parts)
        super().set_params(**params)
        return self
