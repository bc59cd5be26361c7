"""Makes a process for each line that it reads, and tells its id and how it ended.

    python maker.py MODULE

A line holds what `live` of that module is given, as JSON. The module is imported once and each process
is forked, so that a life that ends after a moment does not cost seconds of imports.
"""

import gc
import importlib
import json
import os
import sys
import threading


def end_with_the_test() -> None:
    """End once nobody is there any more who could end it."""
    os.read(0, 1)
    os._exit(1)


def main() -> None:
    live = importlib.import_module(sys.argv[1]).live
    gc.freeze()
    for line in sys.stdin:
        process = os.fork()
        if not process:
            threading.Thread(target=end_with_the_test, daemon=True).start()
            live(*json.loads(line))
            return
        print(f"process {process}", flush=True)
        _, status = os.waitpid(process, 0)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main()
