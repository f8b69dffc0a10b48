"""`python dying.py DATABASE PLACE TIME`: play the day of `faults` and die, as by SIGKILL, when a place is reached for the so-manyth time.

Prints the number of each batch that was acknowledged. Exit status 9 if it died, 0 if the place was not reached so often.
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from faults import opened, play

    from data_layer.faultpoint import arm

    database, place, time = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    services = opened(database)
    reached = 0

    def die(name: str) -> None:
        global reached
        reached += name == place
        if name == place and reached == time:
            os._exit(9)

    arm(die)
    play(services, lambda number: os.write(1, f"{number}\n".encode()) and None, attempts=1)
    arm(None)
    services.close()
