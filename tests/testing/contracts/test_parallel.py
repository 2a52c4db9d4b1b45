"""Jobs and threads: who is asked, and that errors in threads come out."""

from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from testing.reference import NetworkRegressor

from sklkd.testing import check_contracts


def checked(model, name, **options):
    (result,) = check_contracts(
        model, include=[name], profile="quick", on_fail=None, **options
    )
    return result


def test_a_forest_is_the_same_whatever_the_jobs():
    assert checked(RandomForestRegressor(4), "G05").status == "passed"


def test_jobs_are_asked_of_those_that_have_them():
    assert checked(Ridge(), "G05").reason == "it has no n_jobs"


def test_threads_are_asked_of_those_that_claim_it():
    assert checked(Ridge(), "G06").status == "not_applicable"
    assert checked(Ridge(), "G06", declared=["threads_fit_alike"]).status == "passed"


def test_an_error_in_a_thread_is_a_violation():
    class FailsInAThread(NetworkRegressor):
        def fit(self, X, y, sample_weight=None):
            import threading

            if threading.current_thread() is not threading.main_thread():
                raise RuntimeError("not here")
            return super().fit(X, y, sample_weight)

    result = checked(FailsInAThread(), "G06", declared=["threads_fit_alike"])

    assert result.status == "failed"
    assert "RuntimeError: not here" in result.message
