"""Batches to test losses and objectives on: Hypothesis draws shapes, a seed numbers."""

import numpy as np
import torch
from hypothesis import strategies as st

SCALES = [0.1, 1.0, 5.0]


@st.composite
def batches(draw):
    """Student's and teacher's logits (n, k) in float64, and class indices (n,)."""
    shape = draw(st.tuples(st.integers(1, 5), st.integers(2, 6)))
    scale = draw(st.sampled_from(SCALES))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    student, teacher = torch.from_numpy(rng.normal(scale=scale, size=(2, *shape)))
    return student, teacher, torch.from_numpy(rng.integers(shape[1], size=shape[0]))


@st.composite
def extreme_batches(draw):
    """Logits (n, k) of -1e4, 0 and 1e4 in float32 or float64, and class indices."""
    shape = draw(st.tuples(st.integers(1, 5), st.integers(2, 6)))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    student = torch.from_numpy(rng.choice([-1e4, 0.0, 1e4], size=shape)).to(dtype)
    return student, torch.from_numpy(rng.integers(shape[1], size=shape[0]))


def slope(loss, student):
    """Gradient of the summed loss with respect to the student's logits: (n, k)."""
    student = student.clone().requires_grad_()
    return torch.autograd.grad(loss(student).sum(), student)[0]
