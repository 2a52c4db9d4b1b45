"""Functions that leave a line in a file each time they run, in whatever process."""

import time
from pathlib import Path


def counted(content, value, *, log, seconds=0.0, n_jobs=None):
    """Write a line, take a while, and return `value`."""
    del content, n_jobs
    with Path(log).open("a") as file:
        file.write("called\n")
    time.sleep(seconds)
    return value


def failing(content, *, log):
    """Write a line, and fail."""
    counted(content, None, log=log)
    raise RuntimeError("no luck")
