"""Sample weights, as the ``fit`` of a teacher takes them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from sklkd.exceptions import UnweightedTeacherWarning
from sklkd.training._teachers import name_of


def weight_param(
    who: str, teacher: Any, weight: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """The weights as a parameter of the teacher's ``fit``, in a Pipeline's form too."""
    prefix, target = "", teacher
    while isinstance(target, Pipeline):
        step, target = target.steps[-1]
        prefix += f"{step}__"
    if has_fit_parameter(target, "sample_weight"):
        return {f"{prefix}sample_weight": weight}
    positive = weight[weight > 0]
    if (positive != positive[0]).any():
        warnings.warn(
            f"{who}: the teacher {name_of(teacher)} takes no sample_weight; it is "
            "fitted without, on the rows whose weight is not zero.",
            UnweightedTeacherWarning,
            stacklevel=2,
        )
    return {}
