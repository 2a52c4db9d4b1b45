"""Prototypes of digits: deformations that deform, and a run on few images."""

import pytest
import torch


@pytest.fixture
def script(imported):
    return imported("li_2018")


def test_deforming_moves_pixels_by_a_few_and_smoothly(script):
    torch.manual_seed(0)
    # An image whose values say where its pixels are, away from the border.
    across = torch.arange(28.0).expand(1, 1, 28, 28)
    inner = (slice(None), slice(None), slice(8, 20), slice(8, 20))

    moved = script.Deforming().deformed(across.repeat(50, 1, 1, 1))[inner]

    moves = moved - across[inner]
    assert 0.3 < moves.std() < 3
    # Neighbours move alike: the blur is over 4 pixels.
    assert moves.diff(dim=-1).std() < 0.5 * moves.std()


def test_without_a_size_nothing_is_deformed(script):
    images = torch.rand(2, 1, 28, 28)

    assert script.Deforming(0.0).deformed(images) is images


def test_predictions_are_of_images_as_they_are(script):
    images = torch.rand(2, 1, 28, 28)
    encoder = script.Deforming()

    torch.testing.assert_close(encoder.eval()(images), encoder(images))
    assert not torch.equal(encoder.train()(images), encoder.eval()(images))


def test_a_run_tells_of_both_arms_and_a_second_one_finds_them(script, told, capsys):
    options = told("--seeds", "1", "--epochs", "1", "--device", "cpu")
    script.main(options)
    first = capsys.readouterr().out

    script.main(options)

    again = capsys.readouterr()
    assert again.err.count("found in") == 2
    assert again.out == first
    assert "Gap to the twin: " in first
    assert all(f"| {arm} " in first for arm in script.ARMS)


def test_prototypes_are_drawn(script, told, mnist):
    script.main(told("--seeds", "1", "--epochs", "1", "--device", "cpu"))

    assert (mnist / "out" / "prototypes.png").read_bytes().startswith(b"\x89PNG")
