"""Two networks and their averages: by hand, in either mode, and as copies."""

import copy
import io
import pickle

import pytest
import torch
from torch import nn

from sklkd.nn import MLP, AveragedPair

X = torch.linspace(-2, 2, 12).view(3, 4)


def pair(**params):
    torch.manual_seed(0)
    return AveragedPair(MLP, n_features=4, n_outputs=3, hidden=(5,), **params)


def flat(module):
    """All parameters, one after the other: (n,)."""
    return nn.utils.parameters_to_vector(module.parameters()).detach().clone()


def step(networks, seed):
    """Move the members somewhere else."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in networks.members.parameters():
            p.add_(torch.randn(p.shape, generator=generator))


def test_a_class_is_drawn_twice_and_an_instance_is_copied_twice():
    drawn, copied = pair(), AveragedPair(MLP(4, 3))

    assert not torch.equal(*map(flat, drawn.members))
    assert torch.equal(*map(flat, copied.members))
    assert copied.members[0] is not copied.members[1]


def test_the_given_instance_is_left_alone():
    given = MLP(4, 3)
    before = flat(given)

    step(AveragedPair(given), 0)

    assert torch.equal(flat(given), before)


def test_at_first_the_averages_are_the_members():
    networks = pair()

    for average, member in zip(networks.averages, networks.members, strict=True):
        assert torch.equal(flat(average), flat(member))


@pytest.mark.parametrize("decay", [0.0, 0.1, 0.5, 0.997])
def test_follow_is_the_moving_average_by_hand(decay):
    """It starts with the first weights, and trusts them less at first."""
    networks = pair(decay=decay)
    expected = None
    for t in range(12):
        step(networks, t)
        now = [flat(member) for member in networks.members]
        share = max(1 - decay, 9 / (10 + t))
        expected = (
            [(1 - share) * e + share * n for e, n in zip(expected, now, strict=True)]
            if t
            else now
        )

        networks.follow()

    for average, by_hand in zip(networks.averages, expected, strict=True):
        torch.testing.assert_close(flat(average), by_hand)


def test_after_a_short_training_little_is_left_of_the_first_weights():
    """With a decay of 0.997 alone, forty steps would leave 89 % of them."""
    networks = AveragedPair(nn.Linear(1, 1, bias=False))
    with torch.no_grad():
        networks.members[0].weight.fill_(0.0)
        networks.follow()
        networks.members[0].weight.fill_(1.0)
        for _ in range(40):
            networks.follow()

    assert flat(networks.averages[0]).item() > 0.999


def test_in_the_long_run_the_decay_is_what_was_asked_for():
    networks = AveragedPair(nn.Linear(1, 1, bias=False), decay=0.5)
    with torch.no_grad():
        networks.members[0].weight.fill_(1.0)
        for _ in range(20):
            networks.follow()
        networks.members[0].weight.fill_(0.0)
        networks.follow()

    assert flat(networks.averages[0]).item() == pytest.approx(0.5)


def test_the_averages_follow_the_statistics_of_batch_normalisation():
    class Normalised(nn.Sequential):
        def __init__(self):
            super().__init__(nn.BatchNorm1d(4), nn.Linear(4, 3))

    networks = AveragedPair(Normalised).train()
    networks.follow()
    for member in networks.members:
        member(X + 5.0)

    networks.follow()

    for average, member in zip(networks.averages, networks.members, strict=True):
        mean, followed = member[0].running_mean, average.module[0].running_mean
        torch.testing.assert_close(followed, 9 / 11 * mean)
        assert average.module[0].num_batches_tracked == 1


def test_the_prediction_is_the_mean_of_the_averages_probabilities():
    networks = pair().eval()
    step(networks, 1)
    networks.follow()

    together, each = networks(X)

    proba = torch.stack([a(X).softmax(1) for a in networks.averages]).mean(0)
    torch.testing.assert_close(together.exp(), proba)
    torch.testing.assert_close(each, torch.stack([a(X) for a in networks.averages], 1))


def test_huge_logits_stay_finite():
    networks = pair()
    with torch.no_grad():
        for p in networks.averages.parameters():
            p.mul_(1e4)

    assert networks(X)[0].isfinite().all()


def test_the_averages_never_train():
    networks = pair(dropout=0.5).train()

    assert all(member.training for member in networks.members)
    assert not any(part.training for part in networks.averages.modules())
    assert torch.equal(networks(X)[0], networks(X)[0])


def test_only_the_members_have_gradients():
    networks = pair()

    wanted = [n for n, p in networks.named_parameters() if p.requires_grad]

    assert wanted
    assert all(name.startswith("members.") for name in wanted)
    assert not networks(X)[0].requires_grad


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda given: pickle.loads(pickle.dumps(given))]
)
def test_a_copy_goes_on_the_same(copied):
    networks = pair(decay=0.9)
    step(networks, 0)
    networks.follow()

    other = copied(networks)
    for one in (networks, other):
        step(one, 1)
        one.follow()

    assert torch.equal(flat(other), flat(networks))


def test_its_state_holds_all_that_the_averages_know():
    networks, other = pair(), pair()
    step(networks, 0)
    networks.follow()
    networks.follow()
    file = io.BytesIO()
    torch.save(networks.state_dict(), file)
    file.seek(0)

    other.load_state_dict(torch.load(file, weights_only=True))
    for one in (networks, other):
        step(one, 1)
        one.follow()

    assert torch.equal(flat(other), flat(networks))


@pytest.mark.parametrize("decay", [-0.1, 1, 1.5, float("nan")])
def test_a_decay_out_of_range_is_refused(decay):
    with pytest.raises(ValueError, match="decay") as caught:
        pair(decay=decay)

    assert str(caught.value) == (
        f"AveragedPair: decay must be a real number in [0, 1), got {decay!r}."
    )
