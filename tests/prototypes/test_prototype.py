"""Decoded prototypes: what the logits are of, the four terms, and images."""

import numpy as np
import pytest
import torch
from prototypes.networks import NAMES, WORDS, X, Y, network, quick, standardised
from scipy.spatial.distance import cdist
from scipy.special import log_softmax
from torch import nn

from sklkd.nn import ConvDecoder, ConvEncoder
from sklkd.prototypes import PrototypeClassifier

IMAGES = np.random.default_rng(0).random((24, 2, 7, 6)) * 0.4
LIT = np.arange(24) % 2
IMAGES[LIT == 1, :, 2:5, 2:4] += 0.6
STILL = quick(max_epochs=1, lr=1e-12)


class Encoder(nn.Module):
    """Two numbers of four."""

    n_latent = 2

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, X):
        return self.layer(X)


class Decoder(nn.Linear):
    """Four numbers of two."""

    def __init__(self):
        super().__init__(2, 4)


def parts(model, values):
    """Codes and reconstructions of rows as the network sees them, by torch: numpy."""
    module = model.net_.module_
    with torch.no_grad():
        codes = module.encoder(torch.from_numpy(values))
        return codes.numpy(), module.decoder(codes).numpy()


def images(**params):
    student = quick(max_epochs=2, lr=0.005)
    known = {"student": student, "encoder": "conv", "n_prototypes": 3}
    return network("prototype", **(known | params))


def test_logits_are_linear_in_the_distances_and_nothing_else():
    model = network("prototype").fit(X, WORDS)

    np.testing.assert_allclose(
        model.decision_function(X), model.transform(X) @ model.weights_, atol=1e-9
    )


def test_distances_are_squared_ones_between_codes():
    model = network("prototype").fit(X, Y)
    codes = parts(model, standardised(X))[0]
    centres = model.net_.module_.prototypes.detach().numpy()

    np.testing.assert_allclose(
        model.transform(X), cdist(codes, centres, "sqeuclidean"), rtol=1e-6, atol=1e-9
    )


def test_prototypes_are_decoded_into_the_units_of_the_rows():
    model = network("prototype").fit(X, Y)
    module = model.net_.module_
    with torch.no_grad():
        decoded = module.decoder(module.prototypes).numpy()

    np.testing.assert_allclose(
        model.prototypes_, decoded * X.std(axis=0) + X.mean(axis=0)
    )
    assert model.prototypes_.shape == (4, 4)


def test_trained_prototypes_look_like_rows_of_all_classes():
    student = quick(max_epochs=150, lr=0.01)

    model = network("prototype", student=student, n_prototypes=6).fit(X, WORDS)

    made = (model.prototypes_ - X.mean(axis=0)) / X.std(axis=0)
    assert cdist(standardised(X), made).min(axis=0).mean() < 0.6
    assert set(model.predict(model.prototypes_)) == set(NAMES)


def test_a_prototype_speaks_most_for_the_class_whose_weight_is_least():
    model = network("prototype").fit(X, WORDS)

    expected = NAMES[model.weights_.argmin(axis=1)]

    np.testing.assert_array_equal(model.prototype_labels_, expected)


def test_the_four_terms_of_the_loss_are_those_of_the_paper():
    weight = np.random.default_rng(1).random(len(X)) + 0.5
    factors = {"reconstruction": 0.2, "near_rows": 0.3, "near_prototypes": 0.7}

    model = network("prototype", student=STILL, **factors).fit(X, Y, weight)

    share = weight / weight.sum()
    mean = share @ X
    scaled = (X - mean) / np.sqrt(share @ np.square(X - mean))
    distances = model.transform(X)
    log_proba = log_softmax(distances @ model.weights_, axis=1)
    expected = {
        "label": share @ -log_proba[np.arange(len(X)), Y],
        "reconstruction": share @ np.square(parts(model, scaled)[1] - scaled).sum(1),
        "near_rows": distances.min(axis=0).mean(),
        "near_prototypes": share @ distances.min(axis=1),
    }
    found = model.history_[0]
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6, err_msg=name)
    total = expected["label"] + sum(f * expected[name] for name, f in factors.items())
    np.testing.assert_allclose(found["train_loss"], total, rtol=1e-6)


def test_terms_of_weight_zero_do_not_count():
    none = {"reconstruction": 0, "near_rows": 0, "near_prototypes": 0}

    model = network("prototype", **none).fit(X, Y)

    for record in model.history_:
        np.testing.assert_allclose(record["train_loss"], record["label"])
    assert model.score(X, Y) > 0.8


def test_a_term_does_what_it_says():
    def loss(**params):
        student = quick(max_epochs=60, lr=0.01)
        model = network("prototype", student=student, **params).fit(X, Y)
        return model.history_[-1]

    names = ["reconstruction", "near_rows", "near_prototypes"]
    without = loss(**dict.fromkeys(names, 0))
    for name in names:
        assert loss(**(dict.fromkeys(names, 0) | {name: 1.0}))[name] < without[name]


# --- Encoders -------------------------------------------------------------------------


def test_images_are_encoded_as_they_are_and_decoded_into_images():
    model = images().fit(IMAGES, LIT)

    assert model.prototypes_.shape == (3, 2, 7, 6)
    assert model.prototypes_.min() >= 0
    assert model.prototypes_.max() <= 1
    assert model.student_.scaling is None
    assert model.explain(IMAGES).contributions.shape == (24, 3)


def test_images_are_learnt():
    student = quick(max_epochs=60, lr=0.01)

    model = images(student=student).fit(IMAGES, LIT)

    assert model.score(IMAGES, LIT) == 1
    means = np.stack([IMAGES[k == LIT].mean(axis=0) for k in (0, 1)])
    nearest = [
        np.square(model.prototypes_ - mean).mean((1, 2, 3)).min() for mean in means
    ]
    assert max(nearest) < np.square(means[0] - means[1]).mean()


def test_images_may_be_standardised_if_that_is_said():
    student = quick(max_epochs=1, standardize=True)

    model = images(student=student).fit(255 * IMAGES, LIT)

    assert model.prototypes_.max() > 1
    assert model.student_.scaling is not None


def test_pixels_that_cannot_be_decoded_are_refused():
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        images().fit(np.round(IMAGES * 100), LIT)

    assert str(caught.value) == (
        "PrototypeClassifier: encoder='conv' takes pixels in [0, 1], got some in "
        "[0, 100]. Scale X, or pass student=StudentNet(standardize=True)."
    )


def test_missing_pixels_are_refused():
    with pytest.raises(ValueError, match="contains NaN"):
        images().fit(np.where(IMAGES > 0.39, np.nan, IMAGES), LIT)


@pytest.mark.parametrize("values", [X[:24], IMAGES[:, 0]])
def test_what_are_no_images_is_refused_by_convolutions(values):
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        images().fit(values, LIT)

    assert str(caught.value) == (
        "PrototypeClassifier: encoder='conv' takes images of shape (n_samples, "
        f"n_channels, height, width), got X of shape {values.shape}. Reshape X, or "
        "pass encoder='mlp'."
    )


@pytest.mark.parametrize("values", [IMAGES, IMAGES[:, 0]])
def test_images_are_refused_by_layers_on_columns(values):
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        network("prototype").fit(values, LIT)

    assert str(caught.value) == (
        "PrototypeClassifier: encoder='mlp' takes flat rows of shape (n_samples, "
        f"n_features), got X of shape {values.shape}. Flatten them, or pass images "
        "with encoder='conv'."
    )


@pytest.mark.parametrize("halves", [(Encoder, Decoder), (Encoder(), Decoder())])
def test_two_modules_of_ones_own_see_rows_as_they_are(halves):
    model = network("prototype", encoder=halves).fit(X, Y)

    assert model.student_.scaling is None
    assert model.prototypes_.shape == (4, 4)
    codes = parts(model, X)[0]
    assert codes.shape == (50, 2)


def test_convolutions_of_ones_own_take_images():
    halves = (ConvEncoder(2, (7, 6), maps=(4,)), ConvDecoder(2, (7, 6), maps=(4,)))

    model = images(encoder=halves).fit(IMAGES, LIT)

    assert model.prototypes_.shape == (3, 2, 7, 6)


@pytest.mark.parametrize("encoder", ["cnn", None, np.zeros(3), (Encoder,)])
def test_an_encoder_that_is_none_is_refused(encoder):
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        network("prototype", encoder=encoder).fit(X, Y)

    assert str(caught.value) == (
        "PrototypeClassifier: encoder must be 'mlp', 'conv' or a pair of an encoder "
        f"and a decoder, got {encoder!r}."
    )


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("n_prototypes", 0, "n_prototypes must be an integer in [1, inf)"),
        ("n_prototypes", (2, 2), "n_prototypes must be an integer in [1, inf)"),
        ("n_latent", 0, "n_latent must be an integer in [1, inf)"),
        ("n_latent", None, "n_latent must be an integer in [1, inf)"),
        ("hidden", None, "hidden must be a sequence of widths"),
        ("hidden", 8, "hidden must be a sequence of widths"),
        ("reconstruction", -1, "reconstruction must be a real number in [0, inf)"),
        ("near_rows", np.nan, "near_rows must be a real number in [0, inf)"),
        ("near_prototypes", "1", "near_prototypes must be a real number in [0, inf)"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name, value, what):
    with pytest.raises((TypeError, ValueError)) as caught:
        network("prototype", **{name: value}).fit(X, Y)

    assert str(caught.value) == f"PrototypeClassifier: {what}, got {value!r}."


def test_a_width_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"each width in hidden must be an integer"):
        network("prototype", hidden=(8, 0)).fit(X, Y)


def test_there_may_be_no_more_prototypes_than_rows():
    with pytest.raises(ValueError, match=r"must|takes|need|flat") as caught:
        PrototypeClassifier(n_prototypes=51).fit(X, Y)

    assert str(caught.value) == (
        "PrototypeClassifier: n_prototypes must be at most the number of rows, got 51 "
        "for 50 rows."
    )
