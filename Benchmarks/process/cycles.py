"""Cycle by cycle: what agents cost that do something every so many seconds.

Nobody is asked when a cycle begins. The boundaries lie in the middle of the quietest half of an interval, so each cycle
falls between two of them as a whole.
"""

import dataclasses
import itertools
import statistics
import time

STEP = 0.02


@dataclasses.dataclass
class Cycle:
    """What one cycle took."""

    cpu: dict  # name of the watched -> milliseconds
    requests: int
    bytes: int
    samples: int
    private: int
    calls: int = 0


@dataclasses.dataclass
class Measured:
    """The cycles of one agent, and what it held after the last."""

    cycles: list
    peak: int
    descriptors: int
    threads: int

    def median(self, of):
        return statistics.median(of(cycle) for cycle in self.cycles)

    def cpu(self, name):
        return self.median(lambda cycle: cycle.cpu[name])

    def growth(self):
        """By how many bytes the private memory of the last third of the cycles is more than that of the first."""
        third = max(1, len(self.cycles) // 3)
        first, last = (statistics.median(cycle.private for cycle in part)
                       for part in (self.cycles[:third], self.cycles[-third:]))
        return last - first

    def spread(self, name):
        values = [cycle.cpu[name] for cycle in self.cycles]
        return min(values), max(values)


def quiet_moment(watched, interval):
    """A moment to come in the middle of the quietest half of the interval."""
    marks = [(time.monotonic(), sum(one.cpu_ns() for one in watched))]
    while marks[-1][0] < marks[0][0] + interval:
        time.sleep(STEP)
        marks.append((time.monotonic(), sum(one.cpu_ns() for one in watched)))
    busy = [later[1] - earlier[1] for earlier, later in itertools.pairwise(marks)]
    half = len(busy) // 2
    # The interval is a circle: what happens at its beginning happens behind its end, too.
    around = busy + busy
    sums = [sum(around[start:start + half]) for start in range(len(busy))]
    quietest = min(sums)
    # Of equals, the middle one: as far as can be from what the agent does.
    equals = [start for start, value in enumerate(sums) if value <= quietest * 1.05]
    start = equals[len(equals) // 2] if equals[-1] - equals[0] < half else equals[0]
    offset = (start + half / 2) / len(busy) * interval
    moment = marks[0][0] + offset
    while moment < time.monotonic() + 0.2 * interval:
        moment += interval
    return moment


def sleep_until(moment):
    while (left := moment - time.monotonic()) > 0:
        time.sleep(left)


def measure(process, agents, others, sink, interval, count, calls=None):
    """Measures so many cycles. `agents` and `others` are what is watched by name; the memory is the agents'.

    `calls` tells how many calls have been made so far.
    """
    everything = {**agents, **others}
    moment = quiet_moment(list(everything.values()), interval)
    cycles, before = [], None
    for number in range(count + 1):
        sleep_until(moment + number * interval)
        process.check()
        now = {name: one.cpu_ns() for name, one in everything.items()}, sink.counts(), calls() if calls else 0
        private = sum(one.memory()[0] for one in agents.values())
        for one in agents.values():
            one.look_for_children()
        if before:
            cycles.append(Cycle(
                cpu={name: (now[0][name] - before[0][name]) / 1e6 for name in everything},
                requests=now[1][0] - before[1][0], bytes=now[1][1] - before[1][1], samples=now[1][2] - before[1][2],
                private=private, calls=now[2] - before[2]))
        before = now
    return Measured(
        cycles=cycles, peak=sum(one.memory()[1] for one in agents.values()),
        descriptors=sum(one.descriptors() for one in agents.values()),
        threads=sum(one.threads() for one in agents.values()))


def wake_ups(watched, seconds):
    """How often its threads wake in so many seconds without a poll: thread -> times a second."""
    watched.look_for_children()
    before, began = watched.switches(), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    woken = {}
    for (pid, thread), (name, value) in watched.switches().items():
        times = value - before.get((pid, thread), (name, 0))[1]
        if times:
            woken[f"{name} ({thread - pid:+d})"] = times / passed
    return woken
