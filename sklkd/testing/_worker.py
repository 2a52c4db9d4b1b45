"""A child process that runs contracts, and that a crash in C may end."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from typing import IO, Any

import cloudpickle
import sklearn
import torch

from sklkd.testing._contract import CONTRACTS, Contract
from sklkd.testing._parcel import NotSentError, is_found, is_in, modules_of, pack
from sklkd.testing._profiles import Profile
from sklkd.testing._result import ContractResult
from sklkd.testing._run import Run
from sklkd.testing._subject import Subject

GRACE = 60.0  # seconds on the clock, beyond the budget
LAST = 2000  # characters of what a crash says
MOST_MODULES = 8  # that are sent along because the child does not find them
_CRASH = "Fatal Python error"  # with which faulthandler begins
_SIZE = struct.Struct("<Q")


def in_child(
    contract: Contract, subject: Subject, profile: Profile, seed: int
) -> ContractResult:
    """Run a contract in a child process, which is kept for the next one.

    An estimator that cannot be sent there is not run at all: a contract that injects
    faults must not do so in the process of the caller.
    """

    def told(status: Any, **details: Any) -> ContractResult:
        name, title = subject.name, contract.title
        return ContractResult(
            name, contract.id, title, contract.level, status, **details
        )

    # A contract may use its whole budget, and shrink, on a busy machine.
    timeout = 10 * profile.time_budget + GRACE
    try:
        answer = _asked(contract, subject, (profile, seed), timeout)
    except NotSentError as error:
        return told("not_applicable", reason=f"it cannot be sent to a child: {error}")
    except _ChildEndedError as error:
        return told("failed", message=str(error))
    return answer


def _asked(
    contract: Contract, subject: Subject, how: tuple[Profile, int], timeout: float
) -> ContractResult:
    """Ask the child; a module that it does not find is sent, and it is asked again."""
    needed = modules_of(subject) | {contract.body.__module__}
    by_value = {name for name in needed if not is_found(name)}
    text = ""
    for _ in range(MOST_MODULES):
        answer = _child().ask(pack(contract, subject, how, by_value), timeout)
        if isinstance(answer, ContractResult):
            return answer
        missing, text = answer
        more = {name for name in sys.modules if is_in(name, missing)} - by_value
        if not more:
            break
        by_value |= more
    raise NotSentError(text)


# --- The parent's end -----------------------------------------------------------------


class _ChildEndedError(Exception):
    """The child crashed, or took too long; the text says which, and its last words."""


class _Child:
    """A running child, its pipes, and the file of its last words."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        # What it writes to standard error; gone with the file handle.
        self.words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        # What comes first is run as a file, and so a module would be imported twice.
        code = "from sklkd.testing._worker import serve; serve()"
        path = os.pathsep.join(str(entry) for entry in sys.path if str(entry))
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.words,
            env={**os.environ, "PYTHONPATH": path},
        )
        self.timed_out = False

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.poll() is None

    def ask(self, job: bytes, timeout: float) -> Any:
        """Send a job, and wait for the answer."""
        with self.lock:
            start = self.words.seek(0, os.SEEK_END)
            timer = threading.Timer(timeout, self._stop)
            timer.daemon = True
            timer.start()
            try:
                _send(self.process.stdin, job)
                return pickle.loads(_received(self.process.stdout))
            except (EOFError, OSError) as error:
                words = self._last_words(start, timeout)
                raise _ChildEndedError(words) from error
            except BaseException:
                # An answer that nobody waits for would be taken for the next one's.
                self.process.kill()
                raise
            finally:
                timer.cancel()

    def _stop(self) -> None:
        self.timed_out = True
        self.process.kill()

    def _last_words(self, start: int, timeout: float) -> str:
        code = _ended(self.process)
        self.words.seek(start)
        said = self.words.read().decode(errors="replace").strip()
        if self.timed_out:
            how = f"took more than {timeout:.0f} s, and was stopped"
        elif code < 0:
            how = f"was ended by {_signal_name(-code)}"
        else:
            how = f"ended with status {code}"
        return f"The process {how}.\n{_gist(said)}".strip()

    def end(self) -> None:
        """Close it, and wait until it is gone."""
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        _ended(self.process, within=1.0)
        self.words.close()


def _ended(process: subprocess.Popen[bytes], within: float = 5.0) -> int:
    """Wait until a process is gone, and return its status."""
    try:
        return process.wait(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _gist(said: str) -> str:
    """The stack of a crash, innermost first, or else what was said last."""
    crash = said.find(_CRASH)
    if crash < 0:
        return said[-LAST:]
    return said[crash:].partition("Extension modules:")[0].strip()[:LAST]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_CHILDREN: dict[int, _Child] = {}  # by the process that they are a child of
_LOCK = threading.Lock()


def _child() -> _Child:
    """The child of this process: the one there is, or a new one."""
    with _LOCK:
        known = _CHILDREN.get(os.getpid())
        if known is not None and known.is_alive:
            return known
        if known is not None:
            known.end()
        _CHILDREN[os.getpid()] = _Child()
        return _CHILDREN[os.getpid()]


@atexit.register
def end_children() -> None:
    """End the child of this process, if there is one."""
    child = _CHILDREN.pop(os.getpid(), None)
    if child is not None:
        child.end()


def _send(pipe: IO[bytes] | None, content: bytes) -> None:
    assert pipe is not None
    pipe.write(_SIZE.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def _received(pipe: IO[bytes] | None) -> bytes:
    assert pipe is not None
    head = pipe.read(_SIZE.size)
    if len(head) < _SIZE.size:
        raise EOFError
    (size,) = _SIZE.unpack(head)
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return content


# --- The child's end ------------------------------------------------------------------


def serve() -> None:
    """Answer jobs from standard input until it ends."""
    source = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # What an estimator reads must not be a job, and what it prints not an answer.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    with source, answers, contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            _send(answers, pickle.dumps(_answer(_received(source))))


def _answer(job: bytes) -> ContractResult | tuple[str, str]:
    """The result of a job; or the module that is missing, and why there is none."""
    contract_id, sent, content, (profile, seed), settings = pickle.loads(job)
    config, threads, path = settings
    sys.path[:] = path
    try:
        contract = cloudpickle.loads(sent) if sent else CONTRACTS[contract_id]
        estimator, tags = cloudpickle.loads(content)
    except ModuleNotFoundError as error:
        return error.name or "", f"{type(error).__name__}: {error}"
    except Exception as error:
        return "", f"{type(error).__name__}: {error}"
    sklearn.set_config(**config)
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    subject = Subject(estimator, tags)
    return Run(contract, subject, profile, seed).result()
