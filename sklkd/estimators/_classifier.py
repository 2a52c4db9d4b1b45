"""What a student's outputs and labels mean where they are classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch.nn.functional as F
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from torch import Tensor

from sklkd._validation import check_choice
from sklkd.estimators._encoded import Encoded
from sklkd.estimators._request import Request


class StudentClassifierMixin(ClassifierMixin):
    """Labels become class indices, outputs are logits.

    It goes with a `BaseStudentEstimator`, whose parameter ``class_weight`` it reads.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    """

    classes_: NDArray[Any]

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable label of each row: (n_samples,)."""
        best = self._outputs(X).argmax(dim=1).numpy()
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class: (n_samples, n_classes)."""
        proba: NDArray[np.float64] = self._logits(X).softmax(dim=1).numpy()
        return proba

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the logarithm of each probability: (n_samples, n_classes)."""
        log_proba: NDArray[np.float64] = self._logits(X).log_softmax(dim=1).numpy()
        return log_proba

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Return logits, (n_samples, n_classes); of two classes their gap."""
        logits: NDArray[np.float64] = self._logits(X).numpy()
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def _logits(self, X: Any) -> Tensor:
        """The student's logits, as they stand: (n, n_classes)."""
        return self._outputs(X)

    def _encode(self, request: Request) -> Encoded:
        """Class indices; 0 where there is no label."""
        y, labelled = request.y, request.labelled
        check_classification_targets(y[labelled])
        classes = np.unique(y[request.label_weight > 0])
        if len(classes) < 2:
            found = f"1 class: {classes.tolist()[0]!r}" if len(classes) else "no label"
            raise ValueError(
                f"{self._name} needs samples of at least 2 classes in y, got {found}."
            )
        # Rows of weight 0 may have classes of their own; they are not learnt from.
        position = np.searchsorted(classes, y[labelled]).clip(max=len(classes) - 1)
        target = np.zeros(len(y), dtype=np.int64)
        target[labelled] = position
        factor = np.ones(len(y))
        factor[labelled] = self._class_factor(classes, request, target)[position]
        return Encoded(target, len(classes), factor, target, {"classes_": classes})

    def _class_factor(
        self, classes: NDArray[Any], request: Request, target: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Weight of each class; "balanced" counts a row of weight 2 as two rows."""
        if self.class_weight is None:
            return np.ones(len(classes))
        if isinstance(self.class_weight, str):
            check_choice(self._name, "class_weight", self.class_weight, ["balanced"])
            total = np.bincount(target, request.label_weight, len(classes))
            balanced: NDArray[np.float64] = total.mean() / total
            return balanced
        factor: NDArray[np.float64] = compute_class_weight(
            self.class_weight, classes=classes, y=classes
        )
        if not (np.isfinite(factor) & (factor >= 0)).all():
            raise ValueError(
                f"{self._name}: class_weight must have finite weights that are not "
                f"negative, got {self.class_weight!r}."
            )
        return factor

    def _check_taught(self, request: Request, encoded: Encoded) -> None:
        """Raise if the weights of classes leave no row that has a label."""
        if not (request.label_weight * encoded.row_factor > 0).any():
            raise ValueError(
                f"{self._name}: class_weight must leave a class with a weight above 0, "
                f"got {self.class_weight!r}."
            )

    @staticmethod
    def _label_loss(output: Tensor, target: Tensor) -> Tensor:
        """Cross-entropy of each sample: (n, k), (n,) -> (n,)."""
        return F.cross_entropy(output, target, reduction="none")
