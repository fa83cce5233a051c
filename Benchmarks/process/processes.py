"""Starting processes, waiting, and ending what was started."""

import os
import signal
import subprocess
import sys
import time


class MeasurementError(Exception):
    """Something could not be measured; the text says what and why."""


def end_on_sigterm():
    """Has SIGTERM unwind this program, so that it ends what it started."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


class Started:
    """A process of ours in a session of its own, with its output in a file."""

    def __init__(self, name, command, log, environment=None, directory=None):
        self.name = name
        self.log = log
        with open(log, "ab") as output:
            self.at = time.monotonic()
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=directory,
                env={**os.environ, **(environment or {})})
        self.pid = self._process.pid

    def check(self):
        if self._process.poll() is not None:
            raise MeasurementError(f"{self.name} ended with status {self._process.returncode}: {self.last_words()}")

    def last_words(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return " / ".join(line.strip() for line in file.readlines()[-5:])

    def end(self, patience=10.0):
        """SIGTERM to the process, and after a while SIGKILL to its session."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        # What it started and left behind is in its session, which no other process can have joined.
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired as error:
            raise MeasurementError(f"{self.name} ({self.pid}) does not end") from error


def wait_for(what, condition, seconds, process=None, step=0.05):
    """Waits until the condition holds and returns what it gave."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if process:
            process.check()
        if time.monotonic() > end:
            words = f": {process.last_words()}" if process else ""
            raise MeasurementError(f"{what} took longer than {seconds} s{words}")
        time.sleep(step)
