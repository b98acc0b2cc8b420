"""Imported once by the forkserver, before it forks any worker: every worker inherits torch, ready to train.

Each demo takes one step here, because the first step is what imports and allocates the rest. The steps
stay on the CPU: a process that has touched CUDA cannot fork workers that use it.
"""

import os
import signal
import sys

os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"  # ask whether there is a GPU without touching CUDA
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends its workers
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # two threads on a busy machine are slower than one, and threads do not survive a fork


def step_every_demo() -> None:
    from demos import kit

    for name in kit.names():
        next(kit.run(name, {}, seeds=2, device="cpu"))


try:
    step_every_demo()
except Exception as error:  # a broken demo must not keep the others from starting; it reports its own fault when run
    print(f"tutor: a demo fails to start: {type(error).__name__}: {error}", file=sys.stderr)
