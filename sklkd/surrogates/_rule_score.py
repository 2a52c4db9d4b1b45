"""What a list of rules leaves unexplained, and what each candidate would change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import xlogy
from scipy.stats import rankdata

from sklkd.surrogates._evidence import Evidence, Floats, Indices
from sklkd.surrogates._rule_pool import Pool
from sklkd.surrogates._rule_spans import Bools, Ranks, Rule

DIGITS = 9  # of costs and merits that count
ROUNDING = 1e-12  # what a constant may vary by, as a part of its size
WEIGHT, REAL, FLOOR, SUMS = 0, 1, 2, 3  # columns of a tally

Around = tuple[tuple[Rule, ...], ...]  # the rules before a place, and those after it


@dataclass(frozen=True, slots=True)
class Tally:
    r"""What is summed over rows to know what a constant leaves unexplained of them.

    Of probabilities :math:`q_i` with weights :math:`w_i` it is, in nats,

    .. math:: \sum_i w_i\, \mathrm{KL}(q_i \,\Vert\, \bar q)
       = W \ln W - \sum_c S_c \ln S_c - \sum_i w_i H(q_i),

    with the sums :math:`W` of weights and :math:`S_c` of :math:`w_i q_{ic}`: the soft
    log-likelihood that is lost. Of values it is the squared error
    :math:`\sum_i w_i \lVert v_i - \bar v \rVert^2`, in units of their variance.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, 3 + n_outputs)
        Weight, share of the real weight, what even the row's own words leave, and
        outputs times weight.
    of_classes : bool
        Whether outputs are probabilities.
    whole : float
        What one constant for all leaves.
    """

    rows: Floats
    of_classes: bool
    whole: float

    @classmethod
    def of(cls, evidence: Evidence) -> Tally:
        """Prepare rows."""
        weight = evidence.weight / evidence.weight.sum()
        said, of_classes = comparable(evidence), evidence.classes is not None
        floor = -(xlogy(said, said) if of_classes else said**2).sum(axis=1)
        real = np.zeros(len(weight))
        real[: evidence.n_real] = evidence.real[2] / evidence.real[2].sum()
        own = weight[:, np.newaxis]
        rows = np.column_stack([weight, real, weight * floor, own * said])
        whole = float(_lost(rows.sum(axis=0), of_classes=of_classes))
        return cls(rows, of_classes, whole)

    @property
    def constant(self) -> bool:
        """Whether there is nothing to explain."""
        return self.whole <= ROUNDING

    def unexplained(self, sums: Floats) -> Floats:
        """As a part of what one constant leaves: (..., 3 + n_outputs) -> (...)."""
        return _lost(sums, of_classes=self.of_classes) / self.whole

    def merit(self, sums: Floats) -> Floats:
        """Coverage times precision; of values coverage: (..., 3 + k) -> (...)."""
        merit: Floats = sums[..., WEIGHT]
        if self.of_classes:
            merit = sums[..., SUMS:].max(axis=-1)
        return merit


def _lost(sums: Floats, *, of_classes: bool) -> Floats:
    """Nats or squared units that the mean loses: (..., 3 + n_outputs) -> (...)."""
    weight, outputs = sums[..., WEIGHT], sums[..., SUMS:]
    some = weight > ROUNDING
    if of_classes:
        outputs = outputs.clip(min=0.0)
        mean = xlogy(weight.clip(min=0), weight.clip(min=0))
        mean = mean - xlogy(outputs, outputs).sum(axis=-1)
    else:
        mean = -(outputs**2).sum(axis=-1) / np.where(some, weight, 1.0)
    lost: Floats = np.where(some, mean - sums[..., FLOOR], 0.0)
    return lost.clip(min=0.0)


def comparable(evidence: Evidence) -> Floats:
    """Return what is said: values around 0, in units of their standard deviation.

    Parameters
    ----------
    evidence : Evidence
        Probabilities, which stay as they are, or finite values of any size.

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)
        0 where a value is constant but for rounding.
    """
    said = evidence.said
    if evidence.classes is not None:
        return said
    share = evidence.weight / evidence.weight.sum()
    size = np.abs(said).max(axis=0)
    gap = said / np.where(size > 0, size, 1.0)
    gap = gap - share @ gap
    spread = np.sqrt(share @ gap**2)
    varies = spread > ROUNDING
    values: Floats = np.where(varies, gap, 0.0) / np.where(varies, spread, 1.0)
    return values


@dataclass(frozen=True, slots=True)
class Score:
    r"""What is paid for a list: what it leaves unexplained, and what there is to read.

    .. math:: \frac{\sum_\ell U_\ell}{U} + \lambda \sum_r (1 + c_r)

    with what is left in each leaf :math:`\ell`, what is left without any rule
    :math:`U`, and the number :math:`c_r` of conditions of the rule :math:`r`. A price
    for each rule is that of [1]_; fewer rules and fewer conditions are more probable
    beforehand in [2]_.

    Attributes
    ----------
    ranks : Ranks
        Rows.
    tally : Tally
        What is said of them.
    penalty : float
        :math:`\lambda`, not negative.
    min_coverage : float
        Of the real rows, the least share that a rule has.
    known : dict of Rule to ndarray of bool, shape (n_rows,)
        Which rows fulfil the rules that stood in some list: few, and asked about again
        and again.
    paid : dict of tuple of Rule to float
        What was found to be paid for a list.
    parted : dict
        Which rows each rule takes of the list that a place was last looked for in.

    References
    ----------
    .. [1] E. Angelino et al., "Learning Certifiably Optimal Rule Lists for Categorical
       Data", Journal of Machine Learning Research 18, 2018, Sec. 3.
    .. [2] B. Letham et al., "Interpretable Classifiers Using Rules and Bayesian
       Analysis", Annals of Applied Statistics 9(3), 2015, Sec. 2.3.
    """

    ranks: Ranks
    tally: Tally
    penalty: float
    min_coverage: float
    known: dict[Rule, Bools] = field(default_factory=dict, repr=False)
    paid: dict[tuple[Rule, ...], float] = field(default_factory=dict, repr=False)
    parted: dict[Around, list[Indices]] = field(default_factory=dict, repr=False)

    def first(self, rules: tuple[Rule, ...]) -> Indices:
        """Return which rule takes each row; their number stands for none: (n,)."""
        taken = np.full(len(self.ranks.table), len(rules))
        for position in reversed(range(len(rules))):
            np.putmask(taken, self._matches(rules[position]), position)
        return taken

    def _matches(self, rule: Rule) -> Bools:
        """Whether rows fulfil a rule of a list: (n,)."""
        if rule not in self.known:
            self.known[rule] = self.ranks.matches(rule)
        return self.known[rule]

    def sums(self, rules: tuple[Rule, ...]) -> Floats:
        """Sums over the rows of each rule, then of no rule: (n_rules + 1, q)."""
        taken, rows = self.first(rules), self.tally.rows
        n = len(rules) + 1
        return np.stack([np.bincount(taken, v, minlength=n) for v in rows.T], axis=1)

    def cost(self, rules: tuple[Rule, ...]) -> float:
        """What is paid for a list; infinite if a rule of it covers too little."""
        if rules not in self.paid:
            self.paid[rules] = self._cost(rules)
        return self.paid[rules]

    def _cost(self, rules: tuple[Rule, ...]) -> float:
        """The same, worked out."""
        sums = self.sums(rules)
        if not (self._enough(sums[:-1]).all() and sums[-1, WEIGHT] > 0):
            return np.inf
        n_read = sum(1 + self.ranks.size(rule) for rule in rules)
        return float(self.tally.unexplained(sums).sum() + self.penalty * n_read)

    def costs(
        self,
        before: tuple[Rule, ...],
        after: tuple[Rule, ...],
        pool: Pool,
        hope: float = 1.0,
    ) -> tuple[Floats, Floats]:
        """Try each candidate between other rules.

        Parameters
        ----------
        before, after : tuple of Rule
            What stands around it.
        pool : Pool
            The candidates.
        hope : float, default=1.0
            In [0, 1]: which part of what no rule takes will be left by rules to come.

        Returns
        -------
        costs, merits : ndarray of shape (n_candidates,)
            The cost, but for what is the same for all, infinite where a rule would
            cover too little; and coverage times precision of the candidate.
        """
        own = np.zeros((len(pool.rules), self.tally.rows.shape[1]))
        cost = self.penalty * (1.0 + pool.sizes)
        allowed = np.ones(len(pool.rules), dtype=bool)
        for leaf, rows in enumerate(self._parts(before, after)):
            inside = pool.sums(rows, self.tally.rows)
            outside = self.tally.rows[rows].sum(axis=0) - inside
            own += inside
            last = leaf == len(after)
            cost += self.tally.unexplained(outside) * (hope if last else 1.0)
            some = outside[:, WEIGHT] > ROUNDING
            allowed &= some if last else self._enough(outside)
        cost += self.tally.unexplained(own)
        allowed &= self._enough(own)
        return np.where(allowed, cost, np.inf), self.tally.merit(own)

    def _parts(self, *around: tuple[Rule, ...]) -> list[Indices]:
        """Rows that come so far, by who takes them: each later rule, or none.

        Candidates for one place are looked at several times in turn.
        """
        if around not in self.parted:
            before, after = around
            reached = self.first(before) == len(before)
            taker = np.where(reached, self.first(after), -1)
            self.parted.clear()
            n = len(after) + 1
            self.parted[around] = [np.flatnonzero(taker == leaf) for leaf in range(n)]
        return self.parted[around]

    def _enough(self, sums: Floats) -> Bools:
        """Whether there are as many real rows as there must be: (m, q) -> (m,)."""
        real = sums[:, REAL]
        enough: Bools = (real > ROUNDING) & (real >= self.min_coverage - ROUNDING)
        return enough


def promising(
    score: Score, rules: list[Rule], n_rules: int, hopes: tuple[float, ...]
) -> Pool | None:
    """Choose among candidates.

    Parameters
    ----------
    score : Score
        What they are judged by, as if each were the first of a list.
    rules : list of Rule
        In any order; of those that take the same rows the shortest is looked at.
    n_rules : int
        How many are kept at most.
    hopes : tuple of float
        Of the places that a candidate has for each of these, the best one counts.

    Returns
    -------
    Pool or None
        None where no candidate tells rows apart.
    """
    distinct: dict[bytes, Rule] = {}
    # Which of equal rules is the first must not depend on how they were found.
    for rule in sorted(rules, key=lambda rule: (score.ranks.size(rule), rule)):
        matched = score.ranks.matches(rule)
        if matched.any() and not matched.all():
            distinct.setdefault(np.packbits(matched).tobytes(), rule)
    if not distinct:
        return None
    pool = Pool.of(score.ranks, list(distinct.values()))
    if len(pool.rules) <= n_rules:
        return pool
    costs = [score.costs((), (), pool, hope)[0] for hope in hopes]
    place = np.min([rankdata(cost.round(DIGITS), method="min") for cost in costs], 0)
    kept = np.sort(np.argsort(place, kind="stable")[:n_rules])
    return Pool.of(score.ranks, [pool.rules[i] for i in kept])
