"""Where and in which type a student trains: what is there, or one sentence."""

import re

import numpy as np
import pytest
import torch

from sklkd.training._device import check_device, check_dtype


def there(monkeypatch, *, cuda=0, mps=False):
    """Make torch see so many GPUs of Nvidia's, and Apple's or not."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


def refused(error, sentence):
    return pytest.raises(error, match=f"^{re.escape(sentence)}$")


@pytest.mark.parametrize(
    ("seen", "device"),
    [
        ({"cuda": 1, "mps": True}, "cuda"),
        ({"mps": True}, "mps"),
        ({}, "cpu"),
    ],
)
def test_auto_takes_cuda_then_mps_then_the_cpu(monkeypatch, seen, device):
    there(monkeypatch, **seen)

    assert check_device("Test", "auto") == torch.device(device)


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu"), "cpu:0"])
def test_the_cpu_is_always_there(device):
    assert check_device("Test", device).type == "cpu"


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:1"])
def test_a_gpu_that_is_there_is_taken(monkeypatch, device):
    there(monkeypatch, cuda=2)

    assert check_device("Test", device) == torch.device(device)


@pytest.mark.parametrize(
    ("device", "seen"),
    [
        ("cuda", {}),
        ("mps", {}),
        ("cuda:2", {"cuda": 2}),
        ("meta", {}),
        ("xpu", {}),
        ("cpu:3", {}),
    ],
)
def test_what_is_not_there_is_refused(monkeypatch, device, seen):
    there(monkeypatch, **seen)

    with refused(
        ValueError,
        f"Test: device={device!r} was asked for, but torch sees no such device. "
        "Pass device='cpu', or 'auto' to take what there is.",
    ):
        check_device("Test", device)


@pytest.mark.parametrize("device", ["gpu", "", None, [], "cuda:x", 3.5])
def test_what_is_no_device_is_refused(device):
    with refused(
        ValueError,
        "Test: device must be 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps', got "
        f"{device!r}.",
    ):
        check_device("Test", device)


@pytest.mark.parametrize(
    ("dtype", "exact", "expected"),
    [
        ("auto", True, torch.float64),
        ("auto", False, torch.float32),
        ("float32", True, torch.float32),
        ("float64", False, torch.float64),
    ],
)
def test_auto_is_float64_where_sums_are_exact(dtype, exact, expected):
    assert check_dtype("Test", dtype, exact=exact) is expected


@pytest.mark.parametrize("dtype", ["float16", torch.float32, np.float64, None])
def test_another_type_is_refused(dtype):
    with pytest.raises(ValueError, match="dtype") as caught:
        check_dtype("Test", dtype, exact=True)

    assert str(caught.value).removesuffix(" Did you mean 'float64'?") == (
        "Test: dtype must be one of 'auto', 'float32', 'float64', got "
        f"{dtype!r}." + (" Did you mean 'float32'?" if dtype == torch.float32 else "")
    )
