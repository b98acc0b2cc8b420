"""Where an experiment runs: a worker process of its own, gone within a second of Stop.

limits    what one run may use, and how many may run or wait
worker    what happens inside the process: run the demo, send its events
preload   what the forkserver imports once, so that every worker starts warm
run       one run as its watcher sees it: events, stop
runner    starts runs, queues them, supervises their processes
"""

from tutor.running.limits import Limits
from tutor.running.run import Run
from tutor.running.runner import Busy, Runner

__all__ = ["Busy", "Limits", "Run", "Runner"]
