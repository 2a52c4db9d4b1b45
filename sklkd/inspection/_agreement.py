"""Agreement: on how many rows a student says what its teacher says."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklkd.inspection._columns import label_column, weight_column


def agreement_score(
    y_teacher: Any, y_student: Any, *, sample_weight: Any = None
) -> float:
    """Share of rows on which two classifiers predict the same label.

    Right or wrong does not matter: a student that makes its teacher's mistakes agrees
    with it. It is also called top-1 fidelity [1]_.

    Parameters
    ----------
    y_teacher, y_student : array-like of shape (n_samples,)
        The labels that each predicts.
    sample_weight : array-like of shape (n_samples,), default=None
        Not negative; a weight of 2 is a repeated row.

    Returns
    -------
    float
        In [0, 1]; 1 where they always agree.

    Raises
    ------
    ValueError
        If the two are not labels of the same rows, or are of different kinds.

    See Also
    --------
    expected_calibration_error : Whether probabilities mean what they say.

    References
    ----------
    .. [1] S. Stanton et al., "Does Knowledge Distillation Really Work?", NeurIPS 2021,
       Sec. 3.2. arXiv:2106.05945

    Examples
    --------
    >>> from sklkd.inspection import agreement_score
    >>> agreement_score(["cat", "dog", "dog", "cat"], ["cat", "dog", "cat", "cat"])
    0.75
    """
    who = "agreement_score"
    teacher = label_column(who, "y_teacher", y_teacher)
    student = label_column(who, "y_student", y_student)
    if len(teacher) != len(student):
        raise ValueError(
            f"{who}: y_teacher and y_student must be about the same rows, got "
            f"{len(teacher)} and {len(student)} labels."
        )
    # Labels of dtype object may be strings too: they are compared as they are.
    kinds = {teacher.dtype.kind, student.dtype.kind}
    if "U" in kinds and "O" not in kinds and len(kinds) > 1:
        raise ValueError(
            f"{who}: labels must be of one kind, got {teacher.dtype} from the teacher "
            f"and {student.dtype} from the student. Fit both on the same y."
        )
    weight = weight_column(who, sample_weight, len(teacher))
    return float(weight @ (teacher == student).astype(np.float64))
