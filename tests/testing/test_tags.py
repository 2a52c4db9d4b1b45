"""What an estimator says about itself, and what is refused."""

import pytest
from sklearn.linear_model import Ridge

from sklkd.testing import CLAIMS, ContractTags
from sklkd.testing._tags import tags_of


class Speaking(Ridge):
    """A ridge regression that claims something."""

    def __sklkd_contracts__(self):
        return ContractTags(
            declared={"row_order_invariant"}, expected_failures={"B19": "It overflows."}
        )


def test_who_says_nothing_claims_nothing():
    assert tags_of(Ridge()) == ContractTags()


def test_what_the_caller_says_is_added():
    tags = tags_of(
        Speaking(),
        declared=["target_affine"],
        expected_failures={"C06": "It warm-starts."},
    )

    assert tags.declared == {"row_order_invariant", "target_affine"}
    assert tags.expected_failures == {"B19": "It overflows.", "C06": "It warm-starts."}


def test_the_caller_has_the_last_word_on_a_reason():
    tags = tags_of(Speaking(), expected_failures={"B19": "Another."})

    assert tags.expected_failures == {"B19": "Another."}


def test_an_unknown_claim_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'target_affine'"):
        tags_of(Ridge(), declared={"target_afine"})


@pytest.mark.parametrize("reason", ["", "  ", "TODO", "todo: look"])
def test_a_failure_without_a_reason_is_refused(reason):
    with pytest.raises(ValueError, match="must give a reason for 'B01'") as caught:
        tags_of(Ridge(), expected_failures={"B01": reason})

    assert "Say what fails" in str(caught.value)


def test_a_hook_that_returns_something_else_is_refused():
    class Odd(Ridge):
        def __sklkd_contracts__(self):
            return {"declared": set()}

    with pytest.raises(TypeError, match=r"must return sklkd\.testing\.ContractTags"):
        tags_of(Odd())


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_a_sentence(claim):
    assert CLAIMS[claim].endswith(".")
