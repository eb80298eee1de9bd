#!/usr/bin/env python3
"""A camera loop: 10 frames a second, each to be done within 0.1 s of its arrival.

    PYTHONPATH=env/jetson/link/python tests/examples/camera.py [SECONDS]

Camera and detector are sleeps, so it runs anywhere; put yours in their place. A frame that is late
before its work begins is given up. Ends after SECONDS (10).
"""

import queue
import sys
import threading
import time

import flyball_link

FRAME_SECONDS = 0.1
DEADLINE_SECONDS = 0.1


def film(frames, link, until):
    """The camera: puts a frame into the queue as each arrives; None is the end."""
    next_frame = time.monotonic()
    while next_frame < until:
        frames.put((time.monotonic(), link.begin()))  # in the system from now on
        next_frame += FRAME_SECONDS
        time.sleep(max(0.0, next_frame - time.monotonic()))
    frames.put(None)


def detect():
    """Stands for the inference: 30 ms."""
    time.sleep(0.03)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    served = dropped = 0
    with flyball_link.open(deadline_seconds=DEADLINE_SECONDS) as link:
        if not link.is_open:  # no reason not to work
            print(f"camera: requests are not reported: {link.why}", file=sys.stderr)
        frames = queue.Queue()
        until = time.monotonic() + seconds
        threading.Thread(target=film, args=(frames, link, until), daemon=True).start()
        for arrival, request in iter(frames.get, None):
            if time.monotonic() - arrival > DEADLINE_SECONDS:
                link.drop(request)
                dropped += 1
                continue
            detect()
            link.end(request)
            served += 1
    print(f"camera: {served} frames, {dropped} given up")


if __name__ == "__main__":
    main()
