"""Mutants of arithmetic: at the end of what is possible they say NaN, or trip."""

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted, validate_data
from testing.reference import NetworkClassifier, NetworkRegressor


class UncheckedClassifier(NetworkClassifier):
    """Divides by any spread, and looks at no result."""

    def _fit(self, X, y, sample_weight):
        X, y = self._checked(X, y)
        weight = self._weight(sample_weight, X)
        target, n_outputs = self._encoded(y, weight)
        X, target = self._tensor(X), torch.from_numpy(target)
        weight = torch.from_numpy(weight / weight.sum())
        self.mean_ = (weight[:, None] * X).sum(dim=0)
        self.scale_ = (weight[:, None] * (X - self.mean_) ** 2).sum(dim=0).sqrt()
        self.net_ = self._trained(self._standard(X), target, weight, n_outputs)
        return self

    def _output(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return self.net_(self._standard(self._tensor(X))).numpy()


class SpreadOfRowsButOne(NetworkRegressor):
    """Divides by n - 1, and takes one row."""

    def _checked(self, X, y):
        return validate_data(self, X, y, dtype=np.float64, y_numeric=True)

    def _encoded(self, y, weight):
        with np.errstate(invalid="ignore", divide="ignore"):
            self.factor_ = np.float64(len(y)) / np.float64(len(y) - 1)
        return super()._encoded(y, weight)

    def predict(self, X):
        return super().predict(X) * self.factor_


class TripsOverEqualRows(NetworkRegressor):
    """Looks for a column that has more than one value."""

    def _checked(self, X, y):
        X, y = super()._checked(X, y)
        np.flatnonzero(np.ptp(X, axis=0) > 0)[0]
        return X, y


class RefusesItsOwnRows(NetworkRegressor):
    """Fits to equal rows, and does not answer for them."""

    def _output(self, X):
        output = super()._output(X)
        if not (self.scale_ != 1.0).all():
            raise ValueError("the rows are all the same")
        return output


class SquaresTargets(NetworkRegressor):
    """The spread of large targets overflows, and nobody looks."""

    def _encoded(self, y, weight):
        with np.errstate(over="ignore", invalid="ignore"):
            self.y_mean_ = y.mean()
            self.y_scale_ = np.sqrt((y**2).mean() - y.mean() ** 2)
        return np.zeros((len(y), 1)), 1


class ForgetsTheConstant(NetworkRegressor):
    """Where targets have no spread, it has no mean either."""

    def _encoded(self, y, weight):
        target = super()._encoded(y, weight)
        if self.y_scale_ == 0:
            self.y_mean_ = 0.0
        return target


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    SpreadOfRowsButOne: {"D07"},
    UncheckedClassifier: {"D08", "D09"},
    TripsOverEqualRows: {"D08"},
    RefusesItsOwnRows: {"D08"},
    SquaresTargets: {"D10"},
    ForgetsTheConstant: {"D11"},
}
