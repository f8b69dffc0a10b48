"""`python stopping_worker.py PLACE TOUCHED HOW ARGUMENTS…`: a worker that, the first time that a fault point is reached, touches a file and then

dies: ends its process, as by SIGKILL; or hangs: waits to be killed. Arguments are celery's.
"""

import os
import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from data_layer.faultpoint import arm
    from jobs.worker import app

    place, touched, how = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

    def stop(name: str) -> None:
        if name != place:
            return
        try:
            touched.touch(exist_ok=False)
        except FileExistsError:
            return
        if how == "dies":
            os._exit(9)
        threading.Event().wait()

    arm(stop)
    app.worker_main(["worker", *sys.argv[4:]])
