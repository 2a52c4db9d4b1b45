"""A term that draws: its numbers are its own, and go on where they were left."""

import copy
import pickle

import pytest
import torch

from sklkd.objectives._draws import DrawingTerm


class Dice(DrawingTerm):
    """The simplest term that draws."""

    def loss(self, batch):
        return torch.rand(batch, generator=self.generator)


def test_one_seed_draws_the_same_numbers():
    assert torch.equal(Dice(3, "cpu").loss(5), Dice(3, "cpu").loss(5))
    assert not torch.equal(Dice(3, "cpu").loss(5), Dice(4, "cpu").loss(5))


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()

    Dice(3, "cpu").loss(5)

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda term: pickle.loads(pickle.dumps(term))]
)
def test_a_copy_draws_what_the_original_would_have_drawn(copied):
    term = Dice(3, torch.device("cpu"))
    term.loss(5)

    other = copied(term)

    assert torch.equal(other.loss(5), term.loss(5))
    assert other.generator is not term.generator


def test_the_state_that_checkpoints_keep_is_where_the_generator_stands(tmp_path):
    term = Dice(3, "cpu")
    term.loss(5)
    torch.save(term.state_dict(), tmp_path / "state")

    other = Dice(8, "cpu")
    other.load_state_dict(torch.load(tmp_path / "state", weights_only=True))

    assert torch.equal(other.loss(5), term.loss(5))


def test_it_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        DrawingTerm(0, "cpu")
