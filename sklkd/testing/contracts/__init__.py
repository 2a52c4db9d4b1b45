"""The contracts, a file for each subject; their docstrings are the laws."""

from sklkd.testing.contracts import _bad_inputs as _bad_inputs
from sklkd.testing.contracts import _classification as _classification
from sklkd.testing.contracts import _copies as _copies
from sklkd.testing.contracts import _degenerate as _degenerate
from sklkd.testing.contracts import _distillers as _distillers
from sklkd.testing.contracts import _dtypes as _dtypes
from sklkd.testing.contracts import _faults as _faults
from sklkd.testing.contracts import _fitting as _fitting
from sklkd.testing.contracts import _geometry as _geometry
from sklkd.testing.contracts import _incremental as _incremental
from sklkd.testing.contracts import _inputs as _inputs
from sklkd.testing.contracts import _nesting as _nesting
from sklkd.testing.contracts import _parallel as _parallel
from sklkd.testing.contracts import _prediction as _prediction
from sklkd.testing.contracts import _randomness as _randomness
from sklkd.testing.contracts import _refusals as _refusals
from sklkd.testing.contracts import _state as _state
from sklkd.testing.contracts import _surroundings as _surroundings
from sklkd.testing.contracts import _tags as _tags
from sklkd.testing.contracts import _targets as _targets
from sklkd.testing.contracts import _transformers as _transformers
from sklkd.testing.contracts import _weights as _weights

__all__: list[str] = []
