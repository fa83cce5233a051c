"""What /proc tells of processes: CPU time, memory, threads, open files, and who wakes up."""

import contextlib
import os
import re
import time


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def cpu_ns(pid):
    """CPU time of all threads of a process in nanoseconds, those that have ended included; None once it is gone.

    The clock of clock_getcpuclockid(3): exact, where /proc/PID/stat counts ticks and /proc/PID/task/*/schedstat
    forgets the threads that have ended.
    """
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return None


def _parents():
    """Of every process, its parent and session."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _read(f"/proc/{name}/stat").rpartition(")")[2].split()
            if len(fields) > 3:
                found[int(name)] = (int(fields[1]), int(fields[3]))
    return found


def _field(text, name):
    match = re.search(rf"^{name}:\s*(\d+)", text, re.MULTILINE)
    return int(match[1]) if match else 0


class Watched:
    """A process and what it has started; the sums of all of them."""

    def __init__(self, pid, children=True):
        self.pid = pid
        self._children = children
        self._pids = [pid]
        # The last reading of each, so that one that has ended still counts.
        self._cpu = {}
        self.look_for_children()

    def look_for_children(self):
        if not self._children:
            return
        parents = _parents()
        known = {self.pid}
        # What it started is its descendant or, if orphaned, in its session.
        grown = True
        while grown:
            found = {pid for pid, (parent, session) in parents.items() if parent in known or session == self.pid}
            grown = not found <= known
            known |= found
        self._pids = sorted(known)

    @property
    def alive(self):
        text = _read(f"/proc/{self.pid}/stat").rpartition(")")[2].split()
        return bool(text) and text[0] != "Z"

    def cpu_ns(self):
        for pid in self._pids:
            value = cpu_ns(pid)
            if value is not None:
                self._cpu[pid] = value
        return sum(self._cpu.values())

    def memory(self):
        """Private bytes now (pages that no other process shares), and the peak of the resident ones, in bytes."""
        private = peak = 0
        for pid in self._pids:
            rollup = _read(f"/proc/{pid}/smaps_rollup")
            private += _field(rollup, "Private_Clean") + _field(rollup, "Private_Dirty")
            peak += _field(_read(f"/proc/{pid}/status"), "VmHWM")
        return private * 1024, peak * 1024

    def descriptors(self):
        count = 0
        for pid in self._pids:
            with contextlib.suppress(OSError):
                count += len(os.listdir(f"/proc/{pid}/fd"))
        return count

    def threads(self):
        return sum(_field(_read(f"/proc/{pid}/status"), "Threads") for pid in self._pids)

    def switches(self):
        """How often each thread has gone to sleep by itself: (PID, thread) -> (name, count)."""
        found = {}
        for pid in self._pids:
            try:
                tasks = os.listdir(f"/proc/{pid}/task")
            except OSError:
                continue
            for task in tasks:
                status = _read(f"/proc/{pid}/task/{task}/status")
                name = re.search(r"^Name:\s*(.*)", status)
                if name:
                    found[pid, int(task)] = (name[1], _field(status, "voluntary_ctxt_switches"))
        return found
