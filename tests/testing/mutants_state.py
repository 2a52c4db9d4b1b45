"""Mutants in what they hold, leave behind and lean on, and who must see it."""

import os
import warnings

import numpy as np
import torch
from sklearn.base import clone
from testing.reference import NetworkClassifier, NetworkRegressor

# --- Random numbers -------------------------------------------------------------------


class DrawsFromTheGlobalStream(NetworkClassifier):
    """Initialises from torch's own generator."""

    def _generator(self):
        return torch.default_generator


class SeedsTheGlobalStream(NetworkRegressor):
    """Makes itself reproducible at everybody's cost."""

    def _generator(self):
        torch.manual_seed(0)
        return torch.default_generator


class SeedsInTheConstructor(NetworkClassifier):
    """Does so before anybody asked for a fit."""

    def __init__(self, hidden=16, lr=0.05, max_epochs=40, random_state=None):
        super().__init__(hidden, lr, max_epochs, random_state)
        np.random.seed(0)  # noqa: NPY002


class DrawsToPredict(NetworkClassifier):
    """As a DataLoader does."""

    def _output(self, X):
        torch.empty((), dtype=torch.int64).random_()
        return super()._output(X)


class TakesIntsOnly(NetworkRegressor):
    """Refuses a RandomState."""

    def _generator(self):
        return torch.Generator().manual_seed(self.random_state)


class ReplacesTheRandomState(NetworkRegressor):
    """Keeps a number instead of the object that it was given."""

    def fit(self, X, y, sample_weight=None):
        if not isinstance(self.random_state, int):
            self.random_state = int(self.random_state.randint(99))
        return super().fit(X, y, sample_weight)


# --- The process ----------------------------------------------------------------------


class Prints(NetworkRegressor):
    """Says how it goes."""

    def _trained(self, X, target, weight, n_outputs):
        print("training")  # noqa: T201
        return super()._trained(X, target, weight, n_outputs)


class PrintsInC(NetworkRegressor):
    """Says so below Python."""

    def _trained(self, X, target, weight, n_outputs):
        os.write(2, b"training\n")
        return super()._trained(X, target, weight, n_outputs)


class WritesACheckpoint(NetworkClassifier):
    """Leaves a file where it runs."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        torch.save(self.net_.state_dict(), "checkpoint.pt")
        return self


class LeavesADefaultType(NetworkRegressor):
    """Wants double precision, for all."""

    def _trained(self, X, target, weight, n_outputs):
        torch.set_default_dtype(torch.float64)
        return super()._trained(X, target, weight, n_outputs)


class MutesEverybody(NetworkRegressor):
    """Switches warnings off."""

    def fit(self, X, y, sample_weight=None):
        warnings.filterwarnings("ignore", message="mine")
        return super().fit(X, y, sample_weight)


class SetsCudnn(NetworkRegressor):
    """Asks for determinism of every net in the process."""

    def fit(self, X, y, sample_weight=None):
        torch.backends.cudnn.deterministic = True
        return super().fit(X, y, sample_weight)


class LeansOnTheGradientMode(NetworkClassifier):
    """Trains in whatever mode the caller is in."""

    def fit(self, X, y, sample_weight=None):
        return self._fit(X, y, sample_weight)


class LeansOnTheDefaultType(NetworkRegressor):
    """Leaves the type of its layers to whoever set the default."""

    def _trained(self, X, target, weight, n_outputs):
        net = super()._trained(X.double(), target, weight, n_outputs)
        return net.to(torch.get_default_dtype()).requires_grad_(False)

    def _standard(self, X):
        return super()._standard(X).float()


class Warns(NetworkRegressor):
    """Divides by zero on every table."""

    def predict(self, X):
        np.float64(1.0) / np.float64(0.0)
        return super().predict(X)


# --- What it holds --------------------------------------------------------------------


class GoesOnFromTheLastFit(NetworkRegressor):
    """Starts from the weights that it has, where they fit."""

    def _trained(self, X, target, weight, n_outputs):
        net = super()._trained(X, target, weight, n_outputs)
        before = getattr(self, "net_", None)
        if before is not None and before[0].in_features == X.shape[1]:
            with torch.no_grad():
                for own, old in zip(net.parameters(), before.parameters(), strict=True):
                    own.add_(old)
        return net


class RemembersClasses(NetworkClassifier):
    """Keeps the classes of the first fit, too."""

    def _encoded(self, y, weight):
        before = getattr(self, "classes_", y[:0])
        encoded = super()._encoded(y, weight)
        if before.dtype == self.classes_.dtype:
            self.classes_ = np.union1d(before, self.classes_)
        return np.searchsorted(self.classes_, y), max(encoded[1], len(self.classes_))


class KeepsTheCallersRows(NetworkRegressor):
    """Measures columns when it is asked, in an array that is not its own."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.rows_ = np.asarray(X)
        return self

    def _output(self, X):
        shift = self.rows_.mean() if hasattr(self, "rows_") else 0.0
        return super()._output(X) + shift


class KeepsTheCallersTarget(NetworkRegressor):
    """Adds what it takes for the mean of y."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.target_ = y
        return self

    def predict(self, X):
        return super().predict(X) + np.mean(self.target_)


class AnswersFromAStore(NetworkClassifier):
    """Gives out the array that it keeps."""

    def predict_proba(self, X):
        key = np.asarray(X, dtype=float).tobytes()
        store = vars(self).setdefault("_store", {})
        if key not in store:
            store[key] = super().predict_proba(X)
        return store[key]


class ReturnsTensors(NetworkRegressor):
    """Leaves conversion to the caller."""

    def predict(self, X):
        return torch.from_numpy(super().predict(X))


class LooksForItsNetFirst(NetworkClassifier):
    """Touches what a fit makes, before it asks whether there was one."""

    def _output(self, X):
        self.net_.eval()
        return super()._output(X)


class WarmFromTheStart(NetworkRegressor):
    """Trains less when it is to be warm-started, also the first time."""

    def __init__(
        self, hidden=16, lr=0.05, max_epochs=40, random_state=None, warm_start=False
    ):
        super().__init__(hidden, lr, max_epochs, random_state)
        self.warm_start = warm_start

    def _trained(self, X, target, weight, n_outputs):
        if not self.warm_start:
            return super()._trained(X, target, weight, n_outputs)
        shorter = clone(self).set_params(max_epochs=1, warm_start=False)
        return super(WarmFromTheStart, shorter)._trained(X, target, weight, n_outputs)


# --- Copies ---------------------------------------------------------------------------


class HoldsALambda(NetworkClassifier):
    """Cannot be pickled."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.activation_ = lambda values: values
        return self


class ForgetsItsScale(NetworkRegressor):
    """Pickles in half the digits."""

    def __getstate__(self):
        state = {**super().__getstate__()}
        if "y_mean_" in state:
            state["y_mean_"] = float(np.float32(state["y_mean_"]))
        return state


class ParameterThatLooksFitted(NetworkClassifier):
    """Keeps its net in a parameter, which a clone takes along."""

    def __init__(self, net_=None, max_epochs=40, random_state=None):
        super().__init__(max_epochs=max_epochs, random_state=random_state)
        self.net_ = net_

    def get_params(self, deep=True):
        return {
            "net_": self.net_,
            "max_epochs": self.max_epochs,
            "random_state": self.random_state,
        }

    def __sklearn_is_fitted__(self):
        return self.net_ is not None


class SetsAParameter(NetworkRegressor):
    """Decides on its size when it sees the data, in its own parameter."""

    def fit(self, X, y, sample_weight=None):
        self.hidden = 8 * np.shape(X)[1]
        return super().fit(X, y, sample_weight)


class SetsInSilence(NetworkRegressor):
    """Takes any name for a parameter."""

    def set_params(self, **params):
        for name, value in params.items():
            setattr(self, name, value)
        return self


class ReturnsNothing(NetworkRegressor):
    """Sets parameters, and returns None."""

    def set_params(self, **params):
        super().set_params(**params)


class FillsAListParameter(NetworkRegressor):
    """Appends to an object that is not its own."""

    def __init__(self, max_epochs=40, random_state=None, sizes=None):
        super().__init__(max_epochs=max_epochs, random_state=random_state)
        self.sizes = [] if sizes is None else sizes

    def get_params(self, deep=True):
        names = ("max_epochs", "random_state", "sizes")
        return {name: getattr(self, name) for name in names}

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.sizes.append(len(y))
        return self


class CarriesItsRows(NetworkRegressor):
    """Keeps a copy of what it learnt from."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.rows_ = np.array(X)
        return self


class RecordsEveryBatch(NetworkClassifier):
    """Keeps a number for each two rows and epoch."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.history_ = [float(i) for i in range(len(y) // 2)] * 3
        return self


# Each mutant, and ids of contracts that see it.
MUTANTS = {
    DrawsFromTheGlobalStream: {"C01", "C02"},
    SeedsTheGlobalStream: {"C02"},
    SeedsInTheConstructor: {"C02"},
    DrawsToPredict: {"C02"},
    TakesIntsOnly: {"C03"},
    ReplacesTheRandomState: {"C03"},
    Prints: {"C04"},
    PrintsInC: {"C04"},
    WritesACheckpoint: {"C04"},
    LeavesADefaultType: {"C04"},
    MutesEverybody: {"C04"},
    SetsCudnn: {"C04"},
    LeansOnTheGradientMode: {"C05"},
    LeansOnTheDefaultType: {"C05"},
    Warns: {"C16"},
    GoesOnFromTheLastFit: {"C06"},
    RemembersClasses: {"C06"},
    KeepsTheCallersRows: {"C14"},
    KeepsTheCallersTarget: {"C14"},
    AnswersFromAStore: {"C15"},
    ReturnsTensors: {"C15"},
    LooksForItsNetFirst: {"C13"},
    WarmFromTheStart: {"C18"},
    HoldsALambda: {"C07"},
    ForgetsItsScale: {"C07"},
    ParameterThatLooksFitted: {"C08"},
    SetsAParameter: {"C09"},
    SetsInSilence: {"C09"},
    ReturnsNothing: {"C09"},
    FillsAListParameter: {"C09"},
    CarriesItsRows: {"C17"},
    RecordsEveryBatch: {"C17"},
}
