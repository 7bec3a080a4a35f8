"""Independent pieces of work side by side: on this machine's processes, or with Ray on several machines.

    with backend(workers=4) as pool:
        for task, answer in pool.run(function, tasks):
            ...

`function` takes one task and depends on nothing else; what all tasks share goes into it by `functools.partial`. Both must be picklable.
"""

from __future__ import annotations

from optimizer.parallel.pool import BackendMissing, Done, Pool, TaskFailed

__all__ = ["BackendMissing", "Done", "Pool", "TaskFailed", "backend"]


def backend(name: str = "local", *, workers: int = 2, address: str | None = None) -> Pool:
    """Return a pool that runs tasks: `local` processes (one worker: this process itself), or `ray`.

    Args:
        name: `local` or `ray`.
        workers: how many tasks run at once; on a Ray that is already running, what it has decides instead.
        address: a running Ray, such as `auto` or `ray://head:10001`; without one, Ray starts on this machine while the pool is open.

    Raises:
        BackendMissing: Ray is asked for and not installed.
        ValueError: the name is neither, or there is no worker.
    """
    if workers < 1:
        raise ValueError(f"A pool needs at least one worker, not {workers}.")
    # Imported here: a round solved in this process alone should not have to load either.
    if name == "local" and workers == 1:
        from optimizer.parallel.here import Here  # noqa: PLC0415

        return Pool(Here())
    if name == "local":
        from optimizer.parallel.local import Processes  # noqa: PLC0415

        return Pool(Processes(workers))
    if name != "ray":
        raise ValueError(f"{name!r} is neither 'local' nor 'ray'.")
    try:
        from optimizer.parallel.cluster import Cluster  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BackendMissing("Ray is not installed; the extra `ray` brings it: pip install 'gotong[ray]'.") from error
    return Pool(Cluster(workers, address))
