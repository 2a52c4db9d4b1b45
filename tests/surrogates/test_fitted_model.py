"""Models of scikit-learn as surrogates."""

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from surrogates.cases import evidence, of_labels

from sklkd.readable import ReadableTree
from sklkd.surrogates._fitted_model import fit_model, model_of

rng = np.random.default_rng(0)
Z = rng.normal(size=(60, 3))
SAID = rng.dirichlet([1, 1], 60)


def test_a_tree_is_written_down():
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    model = model_of("Test", tree, evidence(Z, SAID))
    assert isinstance(model, ReadableTree)
    own = fit_model("Test", tree, Z, evidence(Z, SAID))
    np.testing.assert_allclose(
        model.outputs(Z), own.estimator.predict_proba(Z), atol=1e-9
    )


def test_a_tree_of_values_is_written_down():
    tree = DecisionTreeRegressor(max_depth=2, random_state=0)
    said = Z[:, :1] ** 2
    model = model_of("Test", tree, evidence(Z, said, classes=None))
    np.testing.assert_allclose(
        model.outputs(Z)[:, 0], tree.fit(Z, said).predict(Z), atol=1e-9
    )


def test_another_classifier_learns_probabilities():
    given = evidence(Z, of_labels((Z[:, 0] > 0).astype(int)), classes=("no", "yes"))
    trained = model_of("Test", LogisticRegression(), given)
    assert trained.estimator.classes_.tolist() == ["no", "yes"]
    assert (trained.estimator.predict(Z) == "yes").mean() > 0.4


def test_another_regressor_learns_values_in_their_units():
    said = 1e6 * Z @ [[1.0], [2.0], [3.0]] + 5
    trained = model_of("Test", LinearRegression(), evidence(Z, said, classes=None))
    np.testing.assert_allclose(trained.estimator.predict(Z), said[:, 0], rtol=1e-9)
