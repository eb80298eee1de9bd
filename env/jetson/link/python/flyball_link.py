"""Tells flyballd of an inference program's requests, and reads what it says: batch size, training.

    import flyball_link

    with flyball_link.open(deadline_seconds=0.1, batch_sizes=(1, 2, 4)) as link:
        for frame in camera:
            with link.request(arrival_ns=frame.monotonic_ns):
                detect(frame)

Where there is no link (no directory, no library) `link.is_open` is False, `link.why` says why, and
every call does nothing, so that a program runs as it is. Arrivals are of time.monotonic_ns(). All
but opening and closing may be called by any thread, and by processes forked since. flyball.h, in
the folder above, describes the link.

The library is libflyball_link.so.1: of $FLYBALL_LINK_LIBRARY, of this folder, or of the system.
"""

import contextlib
import ctypes
import errno
import os
import pathlib
import time

_NAME = "libflyball_link.so.1"


class _Options(ctypes.Structure):
    _fields_ = [
        ("directory", ctypes.c_char_p),
        ("deadline_seconds", ctypes.c_double),
        ("batch_sizes", ctypes.POINTER(ctypes.c_uint32)),
        ("batch_size_count", ctypes.c_uint32),
    ]


class _Request(ctypes.Structure):
    _fields_ = [("arrival_ns", ctypes.c_int64), ("slot", ctypes.c_uint32)]


def _load():
    beside = pathlib.Path(__file__).resolve().with_name(_NAME)
    path = os.environ.get("FLYBALL_LINK_LIBRARY") or (str(beside) if beside.exists() else _NAME)
    library = ctypes.CDLL(path, use_errno=True)
    link, request = ctypes.c_void_p, ctypes.POINTER(_Request)
    for name, result, arguments in (
        ("flyball_open", link, [ctypes.POINTER(_Options)]),
        ("flyball_close", None, [link]),
        ("flyball_begin", _Request, [link, ctypes.c_int64]),
        ("flyball_end", None, [link, request]),
        ("flyball_drop", None, [link, request]),
        ("flyball_set_waiting", None, [link, ctypes.c_uint32]),
        ("flyball_set_deadline", None, [link, ctypes.c_double]),
        ("flyball_recommended_batch", ctypes.c_uint32, [link]),
        ("flyball_batch_done", None, [link, ctypes.c_uint32]),
        ("flyball_may_train", ctypes.c_int64, [link, ctypes.c_double]),
        ("flyball_trained", None, [link, ctypes.c_int64]),
    ):
        function = getattr(library, name, None)
        if function is None:
            continue  # a library that is older than this module
        function.restype, function.argtypes = result, arguments
    return library


class Link:
    """A program's link, made by open(); closed by close() or as a context."""

    def __init__(self, library, handle, why=""):
        self._library = library
        self._handle = handle
        self.why = why

    @property
    def is_open(self):
        return self._handle is not None

    def close(self):
        if self.is_open:
            self._library.flyball_close(self._handle)
            self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def begin(self, arrival_ns=0):
        """A request, in the system from its arrival on (0: from now on); end() or drop() it."""
        return self._library.flyball_begin(self._handle, arrival_ns) if self.is_open else None

    def end(self, request):
        """It was served; later than the deadline, it is missed as well."""
        if self.is_open and request is not None:
            self._library.flyball_end(self._handle, ctypes.byref(request))

    def drop(self, request):
        """It was given up: missed, and not served."""
        if self.is_open and request is not None:
            self._library.flyball_drop(self._handle, ctypes.byref(request))

    @contextlib.contextmanager
    def request(self, arrival_ns=0):
        """A request that is served when the block ends, or dropped when that raises."""
        request = self.begin(arrival_ns)
        try:
            yield request
        except BaseException:
            self.drop(request)
            raise
        self.end(request)

    def set_waiting(self, requests):
        """Requests that wait and have not begun yet."""
        if self.is_open:
            self._library.flyball_set_waiting(self._handle, requests)

    def set_deadline(self, seconds):
        """For the requests that end from now on; 0: none."""
        if self.is_open:
            self._library.flyball_set_deadline(self._handle, seconds)

    def recommended_batch(self):
        """One of the program's own batch sizes, or 0: nobody asks for any."""
        return self._library.flyball_recommended_batch(self._handle) if self.is_open else 0

    def batch_done(self, size):
        """A batch of so many requests was run."""
        if self.is_open:
            self._library.flyball_batch_done(self._handle, size)

    def may_train(self, seconds):
        """Until when a minibatch of training that takes so long has to be over, or 0: not now.

        The time is of time.monotonic_ns(). Ask before each minibatch.
        """
        if not self.is_open or not hasattr(self._library, "flyball_may_train"):
            return 0
        return self._library.flyball_may_train(self._handle, seconds)

    def trained(self, began_ns):
        """A minibatch that began then has been run."""
        if self.is_open and hasattr(self._library, "flyball_trained"):
            self._library.flyball_trained(self._handle, began_ns)

    @contextlib.contextmanager
    def minibatch(self):
        """A minibatch of training that is run by the block."""
        began_ns = time.monotonic_ns()
        yield
        self.trained(began_ns)


def open(directory=None, deadline_seconds=0.0, batch_sizes=()):
    """A Link in `directory`, or in $FLYBALL_APPLICATION, or in /run/flyball/application.

    `batch_sizes`: those that the program can run, ascending. Raises ValueError for wrong values;
    what the system refuses is told by Link.why.
    """
    try:
        library = _load()
    except OSError as error:
        return Link(None, None, str(error))
    sizes = (ctypes.c_uint32 * len(batch_sizes))(*batch_sizes)
    place = os.fsencode(directory) if directory is not None else None
    options = _Options(place, deadline_seconds, sizes, len(batch_sizes))
    handle = library.flyball_open(ctypes.byref(options))
    if handle is not None:
        return Link(library, handle)
    error = ctypes.get_errno()
    if error == errno.EINVAL:
        raise ValueError(f"deadline {deadline_seconds!r} or batch sizes {tuple(batch_sizes)!r}")
    return Link(None, None, os.strerror(error))
