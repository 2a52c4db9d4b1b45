"""Lists of rules that say what a teacher says: if this, elif that, else."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklkd._validation import COUNT, NON_NEGATIVE, Interval, check_interval
from sklkd.readable import Node, ReadableTree
from sklkd.surrogates._evidence import Evidence, Indices
from sklkd.surrogates._rule_candidates import candidates
from sklkd.surrogates._rule_pool import Pool
from sklkd.surrogates._rule_score import DIGITS, REAL, Score, Tally, promising
from sklkd.surrogates._rule_spans import Bools, Ranks, Rule

Rules = tuple[Rule, ...]
HOPES = 1.0, 0.9, 0.75, 0.5  # for each rule to come, in as many lists to start from
N_REFINED = 2  # of the lists, the best
ROUNDS = 6  # of the search in the neighbourhood of a list
STEPS = 8  # of moving the bounds of one rule
TIE = 10.0**-DIGITS  # by which two equal costs may differ
PART = Interval(0, 1, closed="left")


def grow_rule_list(
    evidence: Evidence,
    teacher: Any = None,
    *,
    max_rules: int = 10,
    max_conditions: int = 3,
    min_coverage: float = 0.01,
    n_candidates: int = 2000,
    penalty: float = 0.001,
    who: str = "RuleListClassifier",
) -> ReadableTree:
    r"""Grow an ordered list of rules that says what a teacher says.

    A row gets what the first rule that it fulfils says, and where it fulfils none what
    the end of the list says. What is minimised is

    .. math:: \frac{\sum_\ell U_\ell}{U} + \lambda \sum_r (1 + c_r),

    where :math:`U_\ell` is the soft log-likelihood, in nats, that the rows of a leaf
    lose to the teacher's own words, of values their squared error, :math:`U` the same
    without any rule, :math:`c_r` the number of conditions of the rule :math:`r`, and
    :math:`\lambda` the penalty.

    Parameters
    ----------
    evidence : Evidence
        Rows and what the teacher says of them. Coverage is a share of the real ones,
        all else is of all rows.
    teacher : object, default=None
        If it is a fitted tree, forest or boosting of trees of scikit-learn, with the
        columns of `evidence`, its own paths are candidates, too.
    max_rules : int, default=10
        At least 1; the end of the list is not counted.
    max_conditions : int, default=3
        Of a rule, at least 1; a range has two.
    min_coverage : float, default=0.01
        In [0, 1): the least share of the real rows that a rule takes from those that
        come to it. Whatever it is, a rule takes one.
    n_candidates : int, default=2000
        How many rules are looked at, at least 1, besides those that differ from them in
        one bound.
    penalty : float, default=0.001
        Not negative: what a condition must explain to be worth reading, as a part of
        what all rows leave unexplained; a rule must explain one condition more.
    who : str, default="RuleListClassifier"
        Errors start with it.

    Returns
    -------
    ReadableTree
        Every "yes" is a leaf, and every test asks for all of its literals, of which a
        column has at most two, a lower and an upper bound. Missing values fulfil none
        of those of a column that has none in `evidence`.

    Raises
    ------
    TypeError, ValueError
        If a hyperparameter is out of range.

    Notes
    -----
    **Start.** Rules are added one by one, each learnt on what the rules before it have
    left: sequential covering [1]_. Rows of a rule are lost to all later ones. Therefore
    what it leaves unexplained of its own counts fully, and what is left of the others
    as if each rule to come left only a part of it. Several such parts are tried; with 1
    it is the gain of a binary split, and a small one asks for pure rules.

    **Search.** Then each rule is taken out, and put in again if there is a place for it
    or a better one in the same place; rules are added and change places; all as long as
    the cost falls. Bounds move to further values on the way, and conditions that do not
    help are dropped.

    **Ties.** Of rules that cost the same the shorter one is taken, then the one with
    more coverage times precision, the mean probability of its most probable class.
    Neighbours that have no row in common stand in the order of this, too.

    References
    ----------
    .. [1] J. Fürnkranz, "Separate-and-Conquer Rule Learning", Artificial Intelligence
       Review 13, 1999, Sec. 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.readable import Column
    >>> from sklkd.surrogates._evidence import Evidence
    >>> from sklkd.surrogates._rule_growth import grow_rule_list
    >>> Z = np.arange(8.0)[:, np.newaxis]
    >>> said = np.where(Z > 5, [0.1, 0.9], [0.8, 0.2])
    >>> columns, classes = (Column("age", 0),), ("no", "yes")
    >>> evidence = Evidence(
    ...     columns, Z, said, np.ones(8), 8, classes, classes, oracle=lambda rows: rows
    ... )
    >>> found = grow_rule_list(evidence)
    >>> found.nodes[0].test.literals[0].threshold, found.nodes[1].share
    (5.5, 0.75)
    """
    check_interval(who, "max_rules", max_rules, COUNT)
    check_interval(who, "max_conditions", max_conditions, COUNT)
    check_interval(who, "min_coverage", min_coverage, PART)
    check_interval(who, "n_candidates", n_candidates, COUNT)
    check_interval(who, "penalty", penalty, NON_NEGATIVE)
    tally = Tally.of(evidence)
    ranks = Ranks.of(evidence)
    score = Score(ranks, tally, penalty, min_coverage)
    if tally.constant:
        return _written(evidence, score, ())
    rules = candidates(
        ranks,
        evidence,
        teacher,
        max_conditions=max_conditions,
        min_coverage=min_coverage,
        limit=2 * n_candidates,
    )
    pool = promising(score, rules, n_candidates, (HOPES[0], HOPES[-1]))
    found = _searched(score, pool, max_rules) if pool else ()
    return _written(evidence, score, _in_order(score, found))


# --- Search ---------------------------------------------------------------------------


def _searched(score: Score, pool: Pool, max_rules: int) -> Rules:
    """The cheapest list that is found from several starts."""

    def price(rules: Rules) -> float:
        return round(score.cost(rules), DIGITS)

    starts = [_covered(score, pool, max_rules, hope) for hope in HOPES]
    starts = sorted(dict.fromkeys(starts), key=price)[:N_REFINED]
    return min((_refined(score, pool, max_rules, s) for s in starts), key=price)


def _covered(score: Score, pool: Pool, max_rules: int, hope: float) -> Rules:
    """A list whose rules are added one by one."""
    rules: Rules = ()
    for to_come in reversed(range(max_rules)):
        rule = _best(score, (rules, ()), pool, hope**to_come)
        if rule is None or score.cost((*rules, rule)) > score.cost(rules) - TIE:
            break
        rules = (*rules, rule)
    return rules


def _best(
    score: Score, around: tuple[Rules, Rules], pool: Pool, hope: float = 1.0
) -> Rule | None:
    """The best rule between others, its bounds moved; None where there is none."""
    cost, rule = _cheapest(score, around, pool, hope)
    for _ in range(STEPS):
        near = list(dict.fromkeys(score.ranks.variants(rule)))
        if not near or cost == np.inf:
            break
        other = _cheapest(score, around, Pool.of(score.ranks, near), hope)
        if other[0] > cost - TIE:
            break
        cost, rule = other
    return None if cost == np.inf else rule


def _cheapest(
    score: Score, around: tuple[Rules, Rules], pool: Pool, hope: float
) -> tuple[float, Rule]:
    """Of equal cost the shortest, then the one that takes most and is most precise."""
    cost, merit = score.costs(*around, pool, hope)
    tied = np.flatnonzero(cost <= cost.min() + TIE)
    order = np.lexsort((-merit[tied].round(DIGITS), pool.sizes[tied]))
    best = int(tied[order[0]])
    return float(cost[best]), pool.rules[best]


def _refined(score: Score, pool: Pool, max_rules: int, rules: Rules) -> Rules:
    """Change one thing after another as long as the cost falls."""
    for _ in range(ROUNDS):
        before = rules
        for position in range(max_rules):
            rules = _replaced(score, pool, rules, position)
        for position in range(max_rules):
            if len(rules) < max_rules and position <= len(rules):
                rules = _cheaper(score, rules, _inserted(score, pool, rules, position))
        rules = _moved(score, rules)
        if rules == before:
            break
    return rules


def _replaced(score: Score, pool: Pool, rules: Rules, position: int) -> Rules:
    """Without one rule, or with a better one in its place."""
    if position >= len(rules):
        return rules
    others = rules[:position] + rules[position + 1 :]
    rules = _cheaper(score, rules, _inserted(score, pool, others, position))
    return _cheaper(score, rules, others)


def _inserted(score: Score, pool: Pool, rules: Rules, position: int) -> Rules:
    """With the best rule at a position, if there is any."""
    around = rules[:position], rules[position:]
    rule = _best(score, around, pool)
    return rules if rule is None else (*around[0], rule, *around[1])


def _moved(score: Score, rules: Rules) -> Rules:
    """With rules at other places, as long as that helps."""
    for source in range(len(rules)):
        others = rules[:source] + rules[source + 1 :]
        for place in range(len(rules)):
            moved = (*others[:place], rules[source], *others[place:])
            if score.cost(moved) < score.cost(rules) - TIE:
                return _moved(score, moved)
    return rules


def _cheaper(score: Score, rules: Rules, others: Rules) -> Rules:
    """The others, if they cost less."""
    return others if score.cost(others) < score.cost(rules) - TIE else rules


# --- What is found, written down ------------------------------------------------------


def _in_order(score: Score, rules: Rules) -> Rules:
    """Of neighbours that have no row in common, first the one that says more."""
    merit = score.tally.merit(score.sums(rules))[:-1].round(DIGITS).tolist()
    ranked = list(zip(rules, merit, strict=True))
    swapped = True
    while swapped:  # ends, as each swap puts one more pair in order
        swapped = False
        for i in range(len(ranked) - 1):
            upto = tuple(rule for rule, _ in ranked[: i + 2])
            if ranked[i][1] < ranked[i + 1][1] and _apart(score, upto):
                ranked[i], ranked[i + 1] = ranked[i + 1], ranked[i]
                swapped = True
    return tuple(rule for rule, _ in ranked)


def _apart(score: Score, rules: Rules) -> bool:
    """Whether the last two of the rules take the same rows in either order."""
    both: Bools = score.ranks.matches(rules[-1]) & score.ranks.matches(rules[-2])
    return not (both & (score.first(rules) == len(rules) - 2)).any()


def _written(evidence: Evidence, score: Score, rules: Rules) -> ReadableTree:
    """A tree that leans to one side, of rules and what is said of their rows."""
    taken = score.first(rules)
    nodes = []
    for position, rule in enumerate(rules):
        here = 2 * position
        left = _node(evidence, score, taken >= position)
        test = score.ranks.test(rule)
        nodes.append(Node(left.value, left.share, test, yes=here + 1, no=here + 2))
        nodes.append(_node(evidence, score, taken == position))
    nodes.append(_node(evidence, score, taken >= len(rules)))
    return ReadableTree(
        evidence.columns, evidence.classes, evidence.targets, tuple(nodes)
    )


def _node(evidence: Evidence, score: Score, here: Bools) -> Node:
    """A leaf of some rows."""
    rows: Indices = np.flatnonzero(here)
    value = np.average(evidence.said[rows], axis=0, weights=evidence.weight[rows])
    share = float(score.tally.rows[rows, REAL].sum())
    return Node(tuple(value.tolist()), min(share, 1.0))
