import Fuzzing
import Telemetry
import Testing

@testable import Pipeline

@Suite struct ScheduleTests {
    private let start = Timestamp(seconds: 1_763_834_400)

    @Test func ticksStandAtThePhaseOfTheWallClock() {
        for interval in [1, 7, 60, 300, 86_400] {
            for second in stride(from: 0, to: 1000, by: 37) {
                let wall = Timestamp(microseconds: start.microseconds + Int64(second) * 1_234_567)
                var schedule = Schedule(interval: interval, host: "compute-1", startedAt: wall)
                let period = Int64(interval) * 1000
                let first = schedule.next(after: .zero).due
                #expect(first > .zero && first <= .seconds(interval))
                let clock = wall.microseconds / 1000 + milliseconds(first)
                #expect(clock % period == schedule.phase)
                let second = schedule.next(after: first + .milliseconds(1)).due
                #expect(second == first + .seconds(interval))
            }
        }
    }

    @Test func phaseIsDeterministicAndWithinTheInterval() {
        for interval in [1, 2, 10, 299, 300, 3600] {
            for host in ["", "a", "compute-1", "compute-1.example.org"] {
                let phase = Schedule.phase(interval: interval, host: host)
                #expect((0..<Int64(interval) * 1000).contains(phase))
                #expect(phase == Schedule(interval: interval, host: host, startedAt: start).phase)
                #expect(
                    phase
                        == Schedule(interval: interval, host: host, startedAt: Timestamp(seconds: 5)).phase)
            }
        }
        // Written down, so that an agent of another version keeps its place in the interval.
        #expect(Schedule.phase(interval: 300, host: "compute-1") == 187_988)
    }

    @Test func fleetIsSpreadEvenly() {
        let hosts = 2000
        let buckets = 20
        var counts = Array(repeating: 0, count: buckets)
        for host in 0..<hosts {
            let phase = Schedule.phase(interval: 300, host: "compute-\(host).example.org")
            counts[Int(phase) * buckets / 300_000] += 1
        }
        // 100 hosts are expected in each, and five standard deviations are 49.
        #expect(counts.allSatisfy { (51...149).contains($0) }, "\(counts)")
    }

    @Test func differentIntervalsOfAHostHaveDifferentPlaces() {
        let places = (1...50).map { Schedule.phase(interval: 600, host: "compute-\($0)") }
        let others = (1...50).map { Schedule.phase(interval: 601, host: "compute-\($0)") }
        #expect(zip(places, others).count { $0 == $1 } < 3)
    }

    @Test func slowPollMissesTicksAndNeverOverlaps() {
        var schedule = Schedule(interval: 10, host: "h", startedAt: start)
        let first = schedule.next(after: .zero)
        #expect(first.missed == 0)
        let late = schedule.next(after: first.due + .seconds(25))
        #expect(late.due == first.due + .seconds(30))
        #expect(late.missed == 2)
        let onTime = schedule.next(after: late.due + .seconds(10))
        #expect(onTime.due == late.due + .seconds(10))
        #expect(onTime.missed == 0)
    }

    @Test func firstPollStandsForTheTicksThatItTook() {
        var schedule = Schedule(interval: 10, host: "h", startedAt: start)
        let next = schedule.next(after: .seconds(95))
        #expect(next.missed == 0)
        #expect(next.due >= .seconds(95) && next.due < .seconds(105))
    }

    @Test func pollThatEndsAtOnceIsNotDueAgain() {
        var schedule = Schedule(interval: 10, host: "h", startedAt: start)
        let first = schedule.next(after: .zero).due
        #expect(schedule.next(after: first).due == first + .seconds(10))
    }

    @Test func ticksGoUpAndAreAllAccountedFor() {
        var random = SplitMix(seed: 3)
        var schedule = Schedule(interval: 5, host: "h", startedAt: start)
        var finished = Duration.milliseconds(Int64.random(in: 0...20_000, using: &random))
        var (due, _) = schedule.next(after: finished)
        for _ in 0..<2000 {
            finished = due + .milliseconds(Int64.random(in: 0...20_000, using: &random))
            let next = schedule.next(after: finished)
            #expect(next.due >= finished && next.due < finished + .seconds(5) || next.due == due + .seconds(5))
            #expect(next.due == due + .seconds(5 * (next.missed + 1)))
            due = next.due
        }
    }

    @Test func noNumberTraps() {
        for interval in [Int.min, -1, 0, Int.max] {
            var schedule = Schedule(interval: interval, host: "h", startedAt: start)
            #expect(schedule.interval >= 1)
            #expect(schedule.phase == Schedule.phase(interval: interval, host: "h"))
            for finished in [Duration.seconds(Int64.min), .seconds(-1), .seconds(Int64.max)] {
                _ = schedule.next(after: finished)
            }
        }
        for wall in [Int64.min, -1, 0, Int64.max] {
            var schedule = Schedule(interval: 60, host: "h", startedAt: Timestamp(microseconds: wall))
            let due = schedule.next(after: .zero).due
            #expect(due > .zero && due <= .seconds(60))
        }
    }

    private func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
