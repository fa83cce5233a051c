import Compute
import Hypervisor
import Telemetry
import Testing

/// A CPU time counts only if it is of the guest's threads, all of them: no 0 and no less of a QEMU that is being killed.
@Suite struct ProcessorTimeTests {
    private var poller = Poller(rules())
    private var selection = MeterSelection(meters: ["cpu", "memory.resident"], rules: rules())
    private var now: Int64 = 1_000_000

    /// Polls a guest whose virtual CPUs have these times in ms, and no wait.
    private mutating func poll(
        _ times: [Int: Int128]?, id: Int? = 1, state: Int128 = 1, resident: Int128? = nil, wait: Int128 = 0,
        total: Int128? = nil, reports: Bool = false, busy: Duration? = nil
    ) -> Cycle {
        var values: [String: StatisticValue] = ["state.state": .integer(state), "vcpu.maximum": .integer(8)]
        values["cpu.time"] = total.map { .integer($0 * 1_000_000) }
        values["balloon.rss"] = resident.map { .integer($0) }
        if reports { values["balloon.last-update"] = .integer(Int128(now)) }
        if let times {
            values["vcpu.current"] = .integer(Int128(times.count))
            for (index, time) in times {
                values["vcpu.\(index).time"] = .integer(time * 1_000_000)
                values["vcpu.\(index).wait"] = .integer(wait)
            }
        }
        now += 10
        let reading = DomainReading(
            domain: DomainXML.domain(id: id), stats: statistics(values),
            occupation: busy.map { Occupation(duration: $0) })
        return poller.poll(
            Reading(at: Timestamp(seconds: now), host: nil, domains: [reading], calls: 1), &selection)
    }

    private mutating func cpu(
        _ times: [Int: Int128]?, id: Int? = 1, resident: Int128? = nil, wait: Int128 = 0, total: Int128? = nil
    ) -> Int128? {
        guard case .integer(let time)? = poll(times, id: id, resident: resident, wait: wait, total: total).volume("cpu")
        else { return nil }
        return time
    }

    @Test mutating func aThreadThatIsGoneCostsTheFigure() {
        #expect(cpu([0: 110, 1: 10]) == 120_000_000)
        #expect(cpu([0: 0, 1: 10]) == nil)
        // One of two that are left frees the guest's memory, and takes time for it.
        #expect(cpu([0: 0, 1: 500]) == nil)
        #expect(cpu([0: 0, 1: 5000]) == nil)
        #expect(cpu([0: 0, 1: 0]) == nil)
        #expect(cpu([0: 30, 1: 40], id: 2) == 70_000_000)
    }

    /// The sum may be more than before all the same.
    @Test mutating func aThreadThatIsGoneIsSeenInASumThatGrew() {
        #expect(cpu([0: 100, 1: 10]) == 110_000_000)
        #expect(cpu([0: 300, 1: 0]) == nil)
    }

    /// `wait` is read after `time`: the thread may go in between.
    @Test mutating func aWaitThatIsGoneCostsTheFigure() {
        #expect(cpu([0: 100], wait: 70) == 100_000_070)
        #expect(cpu([0: 101], wait: 0) == nil)
    }

    @Test mutating func theFirstPollOfAnEndingQEMU() {
        let first = poll([0: 0, 1: 0], resident: 0)
        #expect(first.volume("cpu") == nil)
        // Nothing tells an ending from a process that libvirtd cannot see.
        #expect(first.reason("cpu") == .processUnseen)
        #expect(first.reason("memory.resident") == .processUnseen)
        #expect(cpu([0: 0, 1: 0]) == nil)
        // All threads but the first are gone: it still has the memory.
        #expect(cpu([0: 0, 1: 0], resident: 9000, total: 90_000_000) == nil)
    }

    @Test mutating func aRecordingThatBeginsAgainIsNoEnd() {
        #expect(cpu([0: 100]) == 100_000_000)
        let reading = DomainReading(
            domain: DomainXML.domain(),
            stats: statistics([
                "state.state": .integer(1), "vcpu.maximum": .integer(8), "vcpu.current": .integer(1),
                "vcpu.0.time": .integer(50), "vcpu.0.wait": .integer(0),
            ]))
        var again = Reading(at: Timestamp(seconds: now), host: nil, domains: [reading], calls: 0)
        again.beginsAnew = true
        #expect(poller.poll(again, &selection).volume("cpu") == .integer(50))
    }

    @Test mutating func aGuestThatHasJustBeenStartedHasATimeOfZero() {
        #expect(cpu([0: 0], resident: 4000) == 0)
        #expect(cpu([0: 10], resident: 4000) == 10_000_000)
    }

    /// Another PID namespace: the reason must be true in every poll of a guest that lives.
    @Test mutating func aProcessThatIsNeverSeenIsNeverSaidToEnd() {
        for _ in 0..<4 {
            let cycle = poll([0: 0, 1: 0], resident: 0, total: 5000, reports: true)
            #expect(cycle.reason("cpu") == .processUnseen)
            #expect(cycle.reason("memory.resident") == .processUnseen)
        }
        _ = poll([0: 10, 1: 20], resident: 9, reports: true)
        // libvirtd was started anew in a container, and QEMU's monitor answers.
        let cycle = poll([0: 0, 1: 0], resident: 0, reports: true)
        #expect(cycle.reason("cpu") == .processUnseen)
        #expect(poll([0: 11, 1: 21], resident: 9).volume("cpu") == .integer(32_000_000))
    }

    @Test mutating func anEndingIsSaidOnce() {
        _ = poll([0: 10], resident: 9)
        #expect(poll([0: 0], resident: 0).reason("cpu") == .ending)
        // A process that is still there after a poll may be one that libvirtd no longer sees.
        #expect(poll([0: 0], resident: 0).reason("cpu") == .processUnseen)
    }

    @Test mutating func aRestartCountsAtOnce() {
        #expect(cpu([0: 9000], id: 7) == 9_000_000_000)
        #expect(cpu([0: 30], id: 8) == 30_000_000)
        _ = poll(nil, id: nil, state: 5)
        // Seen off between, even the same id is another run.
        #expect(cpu([0: 20], id: 8) == 20_000_000)
    }

    @Test mutating func aVirtualCPUThatIsUnpluggedTakesItsTimeWithIt() {
        #expect(cpu([0: 100, 1: 80]) == 180_000_000)
        #expect(cpu([0: 110]) == 110_000_000)
        #expect(cpu([0: 120, 2: 1]) == 121_000_000)
    }

    /// Unplugged and plugged in again between two polls: less than before, in the same run. The next poll shows life.
    @Test mutating func aVirtualCPUThatIsPluggedInAgainCostsOnePoll() {
        #expect(cpu([0: 100, 1: 80]) == 180_000_000)
        #expect(cpu([0: 110, 1: 10]) == nil)
        #expect(cpu([0: 120, 1: 20]) == 140_000_000)
        #expect(cpu([0: 130, 1: 0], resident: 9) == nil)
        #expect(cpu([0: 140, 1: 0], resident: 9) == 140_000_000)
    }

    /// A virtual CPU that was plugged in again and that the guest does not use: its thread has waited, so it is there,
    /// though it has run for less than a tick. Nothing else tells where no memory is polled.
    @Test mutating func aVirtualCPUThatHasOnlyWaitedIsThere() {
        #expect(cpu([0: 100, 1: 80], wait: 1) == 180_000_002)
        #expect(cpu([0: 110, 1: 0], wait: 1) == nil)
        #expect(cpu([0: 120, 1: 0], wait: 1) == 120_000_002)
        #expect(cpu([0: 130, 1: 0], wait: 1) == 130_000_002)
    }

    /// Restarted between two polls under the id that it had, as after a restart of libvirtd, and paused since.
    @Test mutating func aPausedGuestWithNewVirtualCPUsCostsOnePoll() {
        #expect(cpu([0: 100, 1: 80]) == 180_000_000)
        #expect(cpu([0: 10, 1: 10]) == nil)
        #expect(poll([0: 10, 1: 10], state: 3).volume("cpu") == .integer(20_000_000))
        #expect(poll([0: 10, 1: 10], state: 3).volume("cpu") == .integer(20_000_000))
        // One that ends has threads at 0, and no growth makes its figure good where its memory is not seen.
        #expect(cpu([0: 10, 1: 0]) == nil)
        #expect(cpu([0: 10, 1: 0]) == nil)
        #expect(cpu([0: 10, 1: 0], resident: 9) == nil)
    }

    /// The two differ: to change from one to the other looks like a restart, or like a leap.
    @Test mutating func theTotalNeverTakesThePlaceOfTheVirtualCPUs() {
        #expect(cpu([0: 100], total: 150) == 100_000_000)
        let hung = poll(nil, total: 151, busy: .seconds(7))
        #expect(hung.volume("cpu") == nil)
        #expect(hung.reason("cpu") == .busy(seconds: 7))
        #expect(cpu([0: 101], total: 152) == 101_000_000)
        #expect(poll(nil, id: 2, total: 3, busy: .seconds(7)).reason("cpu") == .busy(seconds: 7))
        #expect(cpu([0: 1], id: 2, total: 4) == 1_000_000)
        // Where there never are any, it is what there is.
        #expect(cpu(nil, id: 3, total: 50) == 50_000_000)
        #expect(cpu(nil, id: 3, total: 0) == nil)
        #expect(cpu(nil, id: 3, total: 60) == 60_000_000)
    }

    /// Two tasks that are due together judge the same reading.
    @Test mutating func anotherTaskGetsTheSameAnswer() {
        _ = poll([0: 10], resident: 9)
        let ending = poll([0: 0], resident: 0)
        #expect(ending.reason("cpu") == .ending)
        var other = MeterSelection(meters: ["cpu"], rules: rules())
        let reading = DomainReading(
            domain: DomainXML.domain(),
            stats: statistics([
                "state.state": .integer(1), "vcpu.maximum": .integer(8), "vcpu.current": .integer(1),
                "vcpu.0.time": .integer(0), "vcpu.0.wait": .integer(0), "balloon.rss": .integer(0),
            ]))
        let again = poller.poll(
            Reading(at: Timestamp(seconds: now), host: nil, domains: [reading], calls: 1), &other)
        #expect(again.reason("cpu") == .ending)
    }
}
