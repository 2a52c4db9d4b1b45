"""The decorator: ids that stay, and what pytest is told."""

import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from testing.mutants_prediction import NormalisesByTheBatch

from sklkd.testing import parametrize_with_contracts
from sklkd.testing._parametrize import RESULTS


def params(estimators, **options):
    mark = parametrize_with_contracts(estimators, **options)
    assert mark.args[0] == ("estimator", "contract")
    return {param.id: param.values for param in mark.args[1]}


@pytest.fixture(autouse=True)
def _results():
    """What is checked here is not counted in the summary of the run."""
    kept = list(RESULTS)
    yield
    RESULTS[:] = kept


def test_ids_name_the_class_the_contract_and_what_it_is_about():
    found = params([GaussianNB()], include=["B02"], sklearn_checks=False)

    assert list(found) == ["GaussianNB-B02-chunks"]


def test_several_of_a_class_are_numbered():
    found = params(
        [Ridge(), GaussianNB(), Ridge(alpha=2.0)], include=["B02"], sklearn_checks=False
    )

    assert list(found) == [
        "Ridge1-B02-chunks",
        "GaussianNB-B02-chunks",
        "Ridge2-B02-chunks",
    ]


def test_ids_are_the_same_in_every_process():
    estimator = GaussianNB()

    assert list(params([estimator])) == list(params([estimator]))


def test_what_is_not_declared_is_no_test():
    none = params([Ridge()], sklearn_checks=False)
    some = params([Ridge()], declared=["accurate"], sklearn_checks=False)

    assert set(some) - set(none) == {"Ridge-A04-better_than_a_constant"}


def test_scikit_learns_checks_are_tests_too():
    assert "GaussianNB-check_estimator_cloneable" in params([GaussianNB()])


@pytest.mark.parametrize(
    ("estimator", "options", "outcome"),
    [
        (Ridge(), {}, None),
        (NormalisesByTheBatch(), {}, pytest.fail.Exception),
        (
            NormalisesByTheBatch(),
            {"expected_failures": {"B02": "It does."}},
            pytest.xfail.Exception,
        ),
        (Ridge(), {"expected_failures": {"B02": "Once."}}, pytest.fail.Exception),
        (LogisticRegression(), {"include": ["A04"]}, None),
    ],
)
def test_pytest_hears_what_came_of_it(estimator, options, outcome):
    options = {"include": ["B02"], "profile": "quick", **options}
    found = params([estimator], sklearn_checks=False, **options)
    if not found:
        assert options["include"] == ["A04"]
        return
    ((model, contract),) = found.values()

    if outcome is None:
        assert contract(model).status == "passed"
    else:
        with pytest.raises(outcome):
            contract(model)


def test_what_does_not_apply_is_skipped_with_the_reason():
    found = params([Ridge()], include=["B13"], profile="quick", sklearn_checks=False)
    ((model, contract),) = found.values()

    with pytest.raises(pytest.skip.Exception) as caught:
        contract(model)

    assert str(caught.value)


def test_a_bad_list_is_refused_when_tests_are_collected():
    with pytest.raises(TypeError, match="parametrize_with_contracts: estimator must"):
        parametrize_with_contracts([Ridge])
    with pytest.raises(ValueError, match="each name in include must be"):
        parametrize_with_contracts([Ridge()], include=["B2"])
