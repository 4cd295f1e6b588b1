"""Draw figures ahead: other processes draw what is composed, while this one composes on.

vl-convert holds Python's lock while it draws, so that threads would only wait for one another.
"""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING

from sanfu.report.figures.draw import ASKED, draw_spec, spec_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sanfu.report.figures.model import Figure

_MOST = 3
"""Processes beyond which composing, not drawing, is what is waited for."""
_pools: list[ProcessPoolExecutor] = []
"""The processes that draw at present: one pool or none."""


@contextmanager
def drawing_ahead(workers: int | None = None) -> Iterator[None]:
    """Have other processes draw every figure that is composed inside; the writers find it drawn.

    The files are the same, byte for byte. A script that uses it guards its own beginning by
    ``if __name__ == "__main__":``, as every one that starts processes.

    Parameters
    ----------
    workers
        Processes beside this one: by default one for every further core, at most 3. With 0, all
        is drawn here.
    """
    count = min((os.cpu_count() or 1) - 1, _MOST) if workers is None else workers
    if count < 1 or _pools:
        yield
        return
    # not forked: Polars' threads do not survive a fork
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin)
    _pools.append(pool)
    try:
        with _deaf_to_ctrl_c():
            for _ in range(count):  # so that each starts now, and not at the first figure
                pool.submit(draw_spec, '{"mark": "point"}')
        yield
    finally:
        _pools.clear()
        ASKED.clear()
        pool.shutdown(cancel_futures=True)


def draw_ahead(figure: Figure) -> None:
    """Ask for the figure's picture, where figures are drawn ahead; otherwise do nothing."""
    for pool in _pools:
        spec = spec_of(figure)
        if spec not in ASKED:
            with suppress(BrokenExecutor):  # the process died: the writers draw
                ASKED[spec] = pool.submit(draw_spec, spec)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Start processes that leave Ctrl-C to this one, which stops them, from their first moment."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin() -> None:
    """Leave Ctrl-C to the process that asks; Windows does not hand down that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
