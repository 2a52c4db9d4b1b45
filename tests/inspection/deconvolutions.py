"""What the tests of deconvolutions share: networks, maps by hand, what is drawn."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from sklkd.inspection._deconvnet import Deconvolution


def convnet(n_channels=1, seed=0):
    """Two convolutions, without padding, ReLUs that are always on, and a head."""
    torch.manual_seed(seed)
    layers = [nn.Conv2d(n_channels, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(5 * 16, 3)).double()
    for parameter in net[:4].parameters():
        parameter.data.abs_()
    return net


def images(n=6, n_channels=1, seed=0):
    return np.random.default_rng(seed).random((n, n_channels, 8, 8))


def found_by_hand(maps, activations=None, units=None, boxes=None):
    """A deconvolution that nobody had to compute."""
    maps = np.asarray(maps, dtype=float)
    n = len(maps)
    activations = np.ones(n) if activations is None else np.asarray(activations, float)
    units = np.zeros((n, 1), dtype=int) if units is None else np.asarray(units)
    boxes = None if boxes is None else np.asarray(boxes)
    return Deconvolution(maps, activations, np.arange(n), units, boxes)


def titles(display):
    return [ax.get_title() + ax.get_title(loc="left") for ax in display.axes_]


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def widths(ax):
    return [bar.get_width() for bar in ax.patches]


def view(ax):
    """Top, left, bottom, right of what an axes shows, in pixels."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    return [edge + 0.5 for edge in (top, left, bottom, right)]
