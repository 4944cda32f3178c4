"""A program that a schedule starts and that calls back by the client: what tests do things to.

It is a process of its own with the client and its one dependency, as a container would be. Each
line of its standard input is one step; the end of the input is the end of its work. It says on its
standard output that it began, what it has done, and how it ended.
"""

import sys

import baton


def main() -> int:
    """Work as told."""
    try:
        with baton.run(every=0.2, steps_within=0.0) as run:
            print("began", flush=True)
            for number, line in enumerate(sys.stdin, 1):
                run.log(line.strip())
                run.step(tokens=10)
                run.progress(number, 3)
                run.count(processed=1)
                print(f"step {number}", flush=True)
    except baton.Stopped as stopped:
        print(f"stopped: {stopped.reason}", flush=True)
        return 3
    print("done", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
