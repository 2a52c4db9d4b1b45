"""The network within: of nets, students and searches, and its layers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn

from sklkd import DistilledClassifier, RegularizedClassifier, StudentNet
from sklkd.inspection._deconvnet_network import check_open, layer_of, network_of

SHORT = StudentNet(max_epochs=2)
TEACHER = LogisticRegression(max_iter=1000)


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True, as_frame=True)


@pytest.fixture(scope="module")
def student(iris):
    return DistilledClassifier(TEACHER, SHORT, soft_weight=1.0, random_state=0).fit(
        *iris
    )


def test_a_module_is_its_own_network():
    module = nn.Linear(2, 1).double()

    network = network_of("f", module)

    assert network.module is module
    assert network.inputs("f", [[1, 2]]).tolist() == [[1.0, 2.0]]
    assert network.inputs("f", [[1, 2]]).dtype == torch.float64
    assert network.back(np.ones((1, 2))).tolist() == [[1.0, 1.0]]


def test_a_skorch_net_has_one():
    net = NeuralNetClassifier(nn.Linear(2, 2)).initialize()

    assert network_of("f", net).module is net.module_


@pytest.mark.parametrize(
    "make", [lambda X: X, np.asarray, pl.from_pandas, pd.DataFrame.copy]
)
def test_a_students_network_gets_what_it_was_trained_on(make, iris, student):
    X, _ = iris
    student = DistilledClassifier(TEACHER, SHORT, soft_weight=1.0, random_state=0)
    student.fit(make(X), iris[1])

    network = network_of("f", student)

    expected = (X - X.mean()) / X.std(ddof=0)
    inputs = network.inputs("f", make(X))
    np.testing.assert_allclose(inputs, expected, rtol=1e-4, atol=1e-5)
    assert network.module is student.net_.module_
    back = network.back(np.ones((1, 4)))
    np.testing.assert_allclose(back[0], 1 / X.std(ddof=0), rtol=1e-12)


def test_sparse_rows_are_read(iris):
    X = sparse.csr_array(np.asarray(iris[0]))
    model = DistilledClassifier(TEACHER, SHORT, soft_weight=1.0, random_state=0)
    model.fit(X, iris[1])

    dense = network_of("f", model).inputs("f", X.toarray())

    assert torch.equal(network_of("f", model).inputs("f", X.tocsc()), dense)


def test_a_student_reads_rows_of_a_type_that_numpy_lacks(iris):
    X, y = iris[0].to_numpy(), iris[1]
    model = RegularizedClassifier(StudentNet(max_epochs=2), random_state=0).fit(X, y)
    rows = torch.tensor(X).bfloat16()

    found = network_of("f", model).inputs("f", rows)

    expected = network_of("f", model).inputs("f", rows.float().numpy())
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_it_is_found_in_a_search_and_behind_a_students_own_transformers(iris):
    X, y = iris
    steps = make_pipeline(StandardScaler(), StudentNet(nn.Linear(4, 3), max_epochs=2))
    model = DistilledClassifier(TEACHER, steps, random_state=0)
    search = GridSearchCV(model, {"soft_weight": [1.0]}, cv=2).fit(X, y)

    network = network_of("f", search)

    expected = StandardScaler().fit_transform(X)
    np.testing.assert_allclose(network.inputs("f", X), expected, atol=1e-6)
    assert network.module is search.best_estimator_.net_.module_


def test_what_is_wrong_with_rows_is_said_as_the_estimator_says_it(student, iris):
    network = network_of("f", student)

    with pytest.raises(ValueError, match="feature names"):
        network.inputs("f", iris[0].iloc[:, :3])
    with pytest.raises(ValueError, match="feature names"):
        network.inputs("f", iris[0].rename(columns=str.upper))


@pytest.mark.parametrize("X", [np.ones((0, 2)), [1.0, 2.0]])
def test_rows_that_are_none_are_refused(X):
    with pytest.raises(ValueError, match="f: X must be at least one row of numbers"):
        network_of("f", nn.Linear(2, 1)).inputs("f", X)


def test_words_have_no_gradient():
    with pytest.raises(ValueError, match=r"got the shape \(1, 1\) of torch.int64"):
        network_of("f", nn.Embedding(3, 1)).inputs("f", [[1]])


def test_what_has_no_network_is_refused(iris):
    model = make_pipeline(TEACHER).fit(*iris)
    message = (
        "f: estimator must have a network, as a torch.nn.Module, a skorch net or a "
        "fitted DistilledClassifier has, got Pipeline. Of a pipeline pass the last "
        "step."
    )

    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        network_of("f", model)


def test_a_student_that_is_no_network_is_refused(iris):
    model = DistilledClassifier(TEACHER, LogisticRegression(), random_state=0)

    with pytest.raises(TypeError, match="f: estimator must have a network"):
        network_of("f", model.fit(*iris))


def test_what_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        network_of("f", DistilledClassifier(TEACHER))
    with pytest.raises(NotFittedError):
        network_of("f", NeuralNetClassifier(nn.Linear(2, 2)))


def test_a_layer_is_named_or_passed():
    net = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU()))

    assert layer_of("f", net, "1.0") is net[1][0]
    assert layer_of("f", net, net[1][0]) is net[1][0]
    assert layer_of("f", net, "") is net


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("lineer", "f: layer must be one of 'linear', got 'lineer'. Did you mean"),
        (0, "f: layer must be one of 'linear', got 0."),
        (
            nn.ReLU(),
            "f: layer must be a part of the network, got another ReLU. Pass its name.",
        ),
    ],
)
def test_a_layer_that_is_not_there_is_said(layer, message):
    net = nn.Sequential()
    net.add_module("linear", nn.Linear(1, 1))

    with pytest.raises(ValueError, match=re.escape(message)):
        layer_of("f", net, layer)


class OptimizedModule(nn.Linear):
    """Called as what torch.compile returns."""


@pytest.mark.parametrize(
    "make",
    [
        torch.jit.ScriptModule,
        lambda: nn.Sequential(OptimizedModule(1, 1)),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of TorchScript itself
def test_relus_out_of_reach_are_said(make):
    with pytest.raises(TypeError, match="f: the ReLUs of the network must be within"):
        check_open("f", make())

    check_open("f", nn.Linear(1, 1))
