"""flyball_link as its users meet it; what is written is read from the link's file."""

import os
import pathlib
import struct
import tempfile
import time
import unittest
from unittest import mock

import flyball_link

# Where flyball.h puts them.
BATCH_RECOMMENDED = 128
COUNTERS = 192
NAMES = (
    "entered left begun begun_ns served dropped ended_ns missed batches batch_size waiting"
    " deadline_ns next_slot unslotted minibatches minibatch_ns"
).split()
TRAINING_CHECK = 0x666C79747261696E


class FlyballLinkTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def open(self, **options):
        link = flyball_link.open(self.folder, **options)
        self.addCleanup(link.close)
        self.assertTrue(link.is_open, link.why)
        return link

    def counters(self):
        memory = (self.folder / "link").read_bytes()
        return dict(zip(NAMES, struct.unpack_from(f"<{len(NAMES)}Q", memory, COUNTERS)))

    def test_a_request_that_is_served_or_raises_is_reported_so(self):
        link = self.open(deadline_seconds=0.25)
        with link.request():
            self.assertEqual(self.counters()["begun"], 1)
        with self.assertRaises(KeyError), link.request():
            raise KeyError
        counters = self.counters()
        self.assertEqual(counters["served"], 1)
        self.assertEqual(counters["dropped"], 1)
        self.assertEqual(counters["missed"], 1)
        self.assertEqual(counters["deadline_ns"], 250_000_000)

    def test_a_request_that_ended_cannot_end_again(self):
        link = self.open()
        request = link.begin()
        link.end(request)
        link.end(request)
        link.drop(request)
        self.assertEqual(self.counters()["served"], 1)
        self.assertEqual(self.counters()["dropped"], 0)

    def test_arrivals_are_of_the_monotonic_clock(self):
        link = self.open()
        arrival = time.monotonic_ns()
        self.assertEqual(link.begin(arrival).arrival_ns, arrival)
        self.assertEqual(self.counters()["begun_ns"], arrival)

    def test_the_batch_size_that_is_asked_for_is_one_of_our_own(self):
        link = self.open(batch_sizes=(2, 4))
        self.assertEqual(link.recommended_batch(), 0)
        with open(self.folder / "link", "r+b") as file:
            file.seek(BATCH_RECOMMENDED)
            file.write(struct.pack("<Q", 3))
        self.assertEqual(link.recommended_batch(), 2)
        link.batch_done(4)
        link.set_waiting(7)
        link.set_deadline(1.0)
        counters = self.counters()
        self.assertEqual((counters["batches"], counters["batch_size"]), (1, 4))
        self.assertEqual(counters["waiting"], 7)
        self.assertEqual(counters["deadline_ns"], 1_000_000_000)

    def allow(self, until_ns, longest_ns):
        check = until_ns ^ longest_ns ^ TRAINING_CHECK
        answer = struct.pack("<8sIIqqQ24x", b"flytrain", 1, 64, until_ns, longest_ns, check)
        (self.folder.parent / "training").write_bytes(answer)

    def test_a_minibatch_may_run_when_it_is_allowed_and_is_counted(self):
        self.folder = self.folder / "application"
        self.folder.mkdir()
        link = self.open()
        self.assertEqual(link.may_train(0.05), 0)
        self.assertEqual(self.counters()["minibatch_ns"], 50_000_000)
        now = time.monotonic_ns()
        self.allow(now + 60 * 10**9, 100_000_000)
        self.assertGreaterEqual(link.may_train(0.05), now + 100_000_000)
        self.assertEqual(link.may_train(0.2), 0)
        with link.request():
            self.assertEqual(link.may_train(0.05), 0)
        with link.minibatch():
            pass
        self.assertEqual(self.counters()["minibatches"], 1)

    def test_the_environment_names_the_directory(self):
        with mock.patch.dict(os.environ, FLYBALL_APPLICATION=str(self.folder)):
            with flyball_link.open() as link:
                link.begin()
                self.assertEqual(self.counters()["begun"], 1)
            self.assertFalse(link.is_open)

    def test_without_a_link_every_call_does_nothing(self):
        nowhere = flyball_link.open("/proc/none/at/all")
        with mock.patch.dict(os.environ, FLYBALL_LINK_LIBRARY="/none/at/all.so"):
            without_library = flyball_link.open(self.folder)
        for link in nowhere, without_library:
            self.assertFalse(link.is_open)
            self.assertNotEqual(link.why, "")
            with link.request() as request:
                self.assertIsNone(request)
            link.drop(link.begin())
            link.set_waiting(1)
            link.set_deadline(1.0)
            link.batch_done(1)
            self.assertEqual(link.recommended_batch(), 0)
            self.assertEqual(link.may_train(0.1), 0)
            with link.minibatch():
                pass
            link.close()

    def test_wrong_options_are_the_program_s_fault(self):
        for options in ({"deadline_seconds": -1.0}, {"batch_sizes": (2, 1)}):
            with self.assertRaises(ValueError):
                flyball_link.open(self.folder, **options)


if __name__ == "__main__":
    unittest.main()
