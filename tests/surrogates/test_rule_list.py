"""RuleListClassifier, and RuleList as a surrogate."""

import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB

from sklkd import RuleListClassifier
from sklkd.surrogates import RuleList

X, y = load_iris(return_X_y=True)


def test_rules_have_coverage_precision_and_a_text():
    forest = RandomForestClassifier(20, random_state=0)
    model = RuleListClassifier(forest, max_rules=3, random_state=0).fit(X, y)
    assert len(model.rules_) <= 4
    assert sum(rule.coverage for rule in model.rules_) == pytest.approx(1)
    assert all(0 < rule.precision <= 1 for rule in model.rules_)
    assert model.rules_[0].text.startswith("if ")
    assert model.rules_[-1].text.startswith("else ")


def test_its_parameters_are_those_of_the_surrogate():
    own, other = RuleListClassifier(None).get_params(), RuleList().get_params()
    assert {name: own[name] for name in other} == other


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"max_rules": 0}, "max_rules of RuleList must be an integer in"),
        ({"min_coverage": 1}, "min_coverage of RuleList must be a real number in"),
        ({"penalty": -1}, "penalty of RuleList must be a real number in"),
    ],
)
def test_parameters_out_of_range_are_refused(params, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        RuleListClassifier(GaussianNB(), **params).fit(X, y)
    assert message in str(caught.value)
