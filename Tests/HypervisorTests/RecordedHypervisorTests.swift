import Hypervisor
import Synchronization
import Telemetry
import Testing

/// Replay against `docs/recording-format.md`.
struct RecordedHypervisorTests {
    private static let taken: Int64 = 1_795_370_400
    private static let present: Int64 = 1_800_000_000

    private func domain(
        _ uuid: String, name: String = "n", id: Int? = 1, xml: String = "<domain/>", _ stats: [String: Int] = [:]
    ) -> RecordedDomain {
        RecordedDomain(
            uuid: uuid, name: name, id: id, xml: xml, stats: stats.mapValues { .integer(Int128($0)) })
    }

    private func cycle(at seconds: Int64?, _ domains: RecordedDomain...) -> Recording.Cycle {
        .init(at: seconds.map(Timestamp.init(seconds:)), domains: domains)
    }

    private func hypervisor(
        _ cycles: [Recording.Cycle], host: String? = nil, repeats: Bool = false
    ) -> RecordedHypervisor {
        RecordedHypervisor(Recording(host: host, cycles: cycles), repeats: repeats) {
            Timestamp(seconds: Self.present)
        }
    }

    private func expectEnded(_ hypervisor: RecordedHypervisor) async {
        do throws(HypervisorError) {
            _ = try await hypervisor.read(.all)
            Issue.record("there is no further cycle")
        } catch {
            #expect(error.code == .ended)
        }
    }

    @Test func cyclesComeInOrderAndThenItHasEnded() async throws {
        let hypervisor = hypervisor(
            [
                cycle(at: Self.taken, domain("a", ["cpu.time": 1])),
                cycle(at: Self.taken + 60, domain("a", ["cpu.time": 2]), domain("b")),
                cycle(at: nil),
            ], host: "compute-1")
        let first = try await hypervisor.read(.all)
        #expect(first.at == Timestamp(seconds: Self.taken))
        #expect(first.host == "compute-1")
        #expect(first.domains.map(\.stats.cpuTime) == [1])
        let second = try await hypervisor.read(.all)
        #expect(second.at == Timestamp(seconds: Self.taken + 60))
        #expect(second.domains.map(\.domain.uuid) == ["a", "b"])
        #expect(second.domains.map(\.stats.cpuTime) == [2, nil])
        let third = try await hypervisor.read(.all)
        #expect(third.at == Timestamp(seconds: Self.present), "a cycle without a time is of the present")
        #expect(third.domains.isEmpty)
        await expectEnded(hypervisor)
        await expectEnded(hypervisor)
    }

    @Test(arguments: [false, true])
    func aRecordingWithoutCyclesHasEnded(repeats: Bool) async {
        await expectEnded(hypervisor([], repeats: repeats))
    }

    @Test func figuresKeepTheirTimeWithoutRepeating() async throws {
        let hypervisor = hypervisor([cycle(at: Self.taken, domain("a", ["balloon.last-update": Int(Self.taken) - 7]))])
        let reading = try await hypervisor.read(.all)
        #expect(reading.domains.first?.stats.balloon.lastUpdate == Int128(Self.taken) - 7)
    }

    @Test func repeatingBeginsAgainAsOfThePresent() async throws {
        let hypervisor = hypervisor(
            [
                cycle(at: Self.taken, domain("a", ["balloon.last-update": Int(Self.taken) - 7, "cpu.time": 1])),
                cycle(at: Self.taken + 600, domain("a", ["balloon.last-update": Int(Self.taken) - 7, "cpu.time": 2])),
            ], repeats: true)
        for round in 0..<3 {
            for (age, time) in [(7, 1), (607, 2)] {
                let reading = try await hypervisor.read(.all)
                #expect(reading.at == Timestamp(seconds: Self.present))
                let stats = try #require(reading.domains.first?.stats)
                #expect(stats.balloon.lastUpdate == Int128(Self.present) - Int128(age), "round \(round)")
                #expect(stats.cpuTime == Int128(time))
            }
        }
    }

    @Test func repeatingMovesWholeSeconds() async throws {
        let taken = Timestamp(microseconds: Self.taken * 1_000_000 + 250_000)
        let recording = Recording(
            host: nil, cycles: [.init(at: taken, domains: [domain("a", ["balloon.last-update": Int(Self.taken)])])])
        let hypervisor = RecordedHypervisor(recording, repeats: true) {
            Timestamp(microseconds: Self.taken * 1_000_000 + 10_750_000)
        }
        let reading = try await hypervisor.read(.all)
        #expect(reading.domains.first?.stats.balloon.lastUpdate == Int128(Self.taken) + 10)
    }

    /// 0 means that the guest never reported, which no shift makes a time.
    @Test func neverStaysNever() async throws {
        let hypervisor = hypervisor(
            [cycle(at: Self.taken, domain("a", ["balloon.last-update": 0]), domain("b"))], repeats: true)
        let reading = try await hypervisor.read(.all)
        #expect(reading.domains.map(\.stats.balloon.lastUpdate) == [0, nil])
    }

    @Test func aCycleWithoutTimeIsNotMoved() async throws {
        let hypervisor = hypervisor(
            [cycle(at: nil, domain("a", ["balloon.last-update": Int(Self.taken)]))], repeats: true)
        let reading = try await hypervisor.read(.all)
        #expect(reading.at == Timestamp(seconds: Self.present))
        #expect(reading.domains.first?.stats.balloon.lastUpdate == Int128(Self.taken))
    }

    @Test func eachRoundAsksTheClock() async throws {
        let clock = Mutex<Int64>(Self.present)
        let recording = Recording(host: nil, cycles: [cycle(at: Self.taken)])
        let hypervisor = RecordedHypervisor(recording, repeats: true) {
            Timestamp(
                seconds: clock.withLock { now in
                    defer { now += 60 }
                    return now
                })
        }
        var times: [Timestamp] = []
        for _ in 0..<3 { times.append(try await hypervisor.read(.all).at) }
        #expect(times == [0, 60, 120].map { Timestamp(seconds: Self.present + $0) })
    }

    @Test func anUnchangedDomainIsTheSameObject() async throws {
        let hypervisor = hypervisor(
            [
                cycle(at: 1, domain("a", ["cpu.time": 1]), domain("b")),
                cycle(at: 2, domain("b"), domain("a", ["cpu.time": 2])),
            ], repeats: true)
        let first = try await hypervisor.read(.all).domains.map(\.domain)
        let second = try await hypervisor.read(.all).domains.map(\.domain)
        let again = try await hypervisor.read(.all).domains.map(\.domain)
        try #require(first.count == 2 && second.count == 2 && again.count == 2)
        #expect(first[0] === second[1] && first[1] === second[0])
        #expect(first[0] === again[0] && first[1] === again[1])
        #expect(first[0] !== first[1])
    }

    @Test func anyChangeMakesANewObject() async throws {
        let versions = [
            domain("a"), domain("a", name: "m"), domain("a", id: nil), domain("a", xml: "<domain id='2'/>"),
            domain("a", id: 2), domain("A"),
        ]
        for version in versions.dropFirst() {
            let hypervisor = hypervisor([cycle(at: 1, versions[0]), cycle(at: 2, version)])
            let first = try #require(try await hypervisor.read(.all).domains.first?.domain)
            let second = try #require(try await hypervisor.read(.all).domains.first?.domain)
            #expect(first !== second)
            #expect(second.uuid == version.uuid && second.name == version.name)
            #expect(second.id == version.id && second.xml == version.xml)
        }
    }

    /// JSON's objects have no order; devices come in that of their numbers, each once.
    @Test func devicesComeInTheOrderOfTheirNumbers() async throws {
        var stats: [String: Int] = ["block.count": 12, "net.count": 12]
        for index in 0..<12 {
            for name in ["rd.bytes", "wr.bytes", "capacity"] { stats["block.\(index).\(name)"] = index }
            for name in ["rx.bytes", "tx.bytes"] { stats["net.\(index).\(name)"] = index }
            for name in ["time", "wait"] { stats["vcpu.\(index).\(name)"] = index }
        }
        let hypervisor = hypervisor([cycle(at: 1, domain("a", stats))])
        let result = try #require(try await hypervisor.read(.all).domains.first?.stats)
        #expect(result.blocks.map(\.index) == Array(0..<12))
        #expect(result.blocks.map(\.capacity) == (0..<12).map { Int128($0) })
        #expect(result.interfaces.map(\.index) == Array(0..<12))
        #expect(result.interfaces.map(\.sentBytes) == (0..<12).map { Int128($0) })
        #expect(result.vcpus.map(\.index) == Array(0..<12))
        #expect(result.vcpus.map(\.wait) == (0..<12).map { Int128($0) })
    }

    /// Reads may come from several tasks at once: each cycle is given once.
    @Test func readsAtOnceShareTheCycles() async {
        let hypervisor = hypervisor((0..<50).map { cycle(at: $0) })
        let times = await withTaskGroup(of: Timestamp?.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    do throws(HypervisorError) { return try await hypervisor.read(.all).at } catch { return nil }
                }
            }
            return await group.reduce(into: [Timestamp]()) { times, time in if let time { times.append(time) } }
        }
        #expect(times.sorted() == (0..<50).map { Timestamp(seconds: $0) })
    }
}
