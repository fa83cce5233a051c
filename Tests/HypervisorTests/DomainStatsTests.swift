import Fuzzing
import Hypervisor
import Testing

/// Parameters by the names of libvirt's `virConnectGetAllDomainStats` (libvirt-domain.c).
struct DomainStatsTests {
    typealias Figure = KeyPath<DomainStats, Int128?> & Sendable

    /// Every numeric parameter that the agent reads, with the property that it is.
    static let figures: [(name: String, path: any Figure)] = [
        ("state.state", \.state), ("cpu.time", \.cpuTime),
        ("vcpu.current", \.vcpuCurrent), ("vcpu.maximum", \.vcpuMaximum),
        ("vcpu.0.time", \.vcpus.first?.time), ("vcpu.0.wait", \.vcpus.first?.wait),
        ("balloon.current", \.balloon.current), ("balloon.maximum", \.balloon.maximum),
        ("balloon.swap_in", \.balloon.swapIn), ("balloon.swap_out", \.balloon.swapOut),
        ("balloon.unused", \.balloon.unused), ("balloon.available", \.balloon.available),
        ("balloon.usable", \.balloon.usable), ("balloon.last-update", \.balloon.lastUpdate),
        ("balloon.rss", \.balloon.resident),
        ("block.0.rd.reqs", \.blocks.first?.readRequests), ("block.0.rd.bytes", \.blocks.first?.readBytes),
        ("block.0.rd.times", \.blocks.first?.readTime), ("block.0.wr.reqs", \.blocks.first?.writeRequests),
        ("block.0.wr.bytes", \.blocks.first?.writeBytes), ("block.0.wr.times", \.blocks.first?.writeTime),
        ("block.0.capacity", \.blocks.first?.capacity), ("block.0.allocation", \.blocks.first?.allocation),
        ("block.0.physical", \.blocks.first?.physical),
        ("net.0.rx.bytes", \.interfaces.first?.receivedBytes), ("net.0.rx.pkts", \.interfaces.first?.receivedPackets),
        ("net.0.rx.errs", \.interfaces.first?.receiveErrors), ("net.0.rx.drop", \.interfaces.first?.receiveDrops),
        ("net.0.tx.bytes", \.interfaces.first?.sentBytes), ("net.0.tx.pkts", \.interfaces.first?.sentPackets),
        ("net.0.tx.errs", \.interfaces.first?.sendErrors), ("net.0.tx.drop", \.interfaces.first?.sendDrops),
        ("perf.cpu_cycles", \.perf.cpuCycles), ("perf.instructions", \.perf.instructions),
        ("perf.cache_references", \.perf.cacheReferences), ("perf.cache_misses", \.perf.cacheMisses),
    ]

    @Test func everyFigureIsItsOwnProperty() {
        for (name, path) in Self.figures {
            for value in [Int128(0), 42, Int128(UInt64.max), -1] {
                var stats = DomainStats()
                stats.set(name, .integer(value))
                #expect(stats[keyPath: path] == value, "\(name)")
                let others = Self.figures.filter { $0.name != name && stats[keyPath: $0.path] != nil }
                #expect(others.isEmpty, "\(name) also sets \(others.map(\.name))")
            }
        }
    }

    @Test func everyFigureOfAllTogether() {
        var stats = DomainStats()
        for (index, figure) in Self.figures.enumerated() { stats.set(figure.name, .integer(Int128(index))) }
        for (index, figure) in Self.figures.enumerated() {
            #expect(stats[keyPath: figure.path] == Int128(index), "\(figure.name)")
        }
        #expect(stats.vcpus.count == 1)
        #expect(stats.blocks.count == 1)
        #expect(stats.interfaces.count == 1)
    }

    @Test func aFigureOfTheWrongTypeIsNone() {
        for (name, path) in Self.figures {
            for value in [StatisticValue.real(1.5), .bool(true), .string("1")] {
                var stats = DomainStats()
                stats.set(name, value)
                #expect(stats[keyPath: path] == nil, "\(name)")
            }
        }
    }

    @Test func namesOfDevicesAreTexts() {
        var stats = DomainStats()
        stats.set("block.0.name", .string("vda"))
        stats.set("net.0.name", .string("tap0"))
        #expect(stats.blocks.first?.name == "vda")
        #expect(stats.interfaces.first?.name == "tap0")
        for value in [StatisticValue.integer(1), .real(1.5), .bool(false)] {
            var stats = DomainStats()
            stats.set("block.0.name", value)
            stats.set("net.0.name", value)
            #expect(stats.blocks.first?.name == nil)
            #expect(stats.interfaces.first?.name == nil)
        }
    }

    /// What libvirt also sends, or may send one day, and what only looks like a parameter.
    @Test(arguments: [
        "", ".", "state", "state.", "state.reason", "state.state.", "state.state.x", "State.state", " state.state",
        "cpu.user", "cpu.system", "cpu.times", "cpu.time\u{0}", "cpu.haltpoll.success.time", "cpu.cache.monitor.count",
        "balloon", "balloon.", "balloon.currents", "balloon.curren", "balloon.swap-in", "balloon.last_update",
        "balloon.disk_caches", "balloon.hugetlb_pgalloc", "balloon.major_fault", "vcpu", "vcpu.", "vcpu.count",
        "vcpu..time", "vcpu.x.time", "vcpu.-1.time", "vcpu.+1.time", "vcpu.1", "vcpu.1time", "vcpu.1 .time",
        "vcpu.\u{661}.time", "block.count", "block..name", "block.0", "block.x.name", "block.0x1.name", "net.count",
        "net.0", "net.-0.name", "perf.cmt", "perf.mbmt", "perf.", "iothread.0.poll-max-ns", "memory.bandwidth.monitor",
        "dirtyrate.calc_status", "vm.remaining_count", "é", "\u{0}", "balloon.\u{301}current",
    ])
    func unknownNamesArePassedOver(name: String) {
        for value in [StatisticValue.integer(7), .string("vda"), .bool(true), .real(0.5)] {
            var stats = DomainStats()
            stats.set(name, value)
            #expect(stats == DomainStats())
        }
    }

    /// Parameters of a device that the agent does not read leave its others alone.
    @Test func unknownParametersOfADeviceArePassedOver() {
        var stats = DomainStats()
        let names = ["name", "path", "backingIndex", "rd.reqs", "fl.reqs", "fl.times", "threshold", "rd.byte", "rd."]
        for name in names { stats.set("block.3.\(name)", name == "name" ? .string("vdd") : .integer(5)) }
        var expected = DomainStats()
        expected.set("block.3.name", .string("vdd"))
        expected.set("block.3.rd.reqs", .integer(5))
        #expect(stats == expected)
    }

    /// Offline virtual CPUs leave holes, and there may be more than ten.
    @Test func virtualCPUsMayHaveHoles() {
        var stats = DomainStats()
        for index in [0, 2, 5, 11, 255] {
            stats.set("vcpu.\(index).state", .integer(1))
            stats.set("vcpu.\(index).time", .integer(Int128(index) * 1000))
            stats.set("vcpu.\(index).wait", .integer(Int128(index)))
        }
        #expect(stats.vcpus.map(\.index) == [0, 2, 5, 11, 255])
        #expect(stats.vcpus.map(\.time) == [0, 2000, 5000, 11_000, 255_000])
        #expect(stats.vcpus.map(\.wait) == [0, 2, 5, 11, 255])
    }

    @Test func devicesKeepTheOrderInWhichLibvirtSentThem() {
        var stats = DomainStats()
        for index in [1, 0, 10, 2] {
            stats.set("block.\(index).name", .string("vd\(index)"))
            stats.set("block.\(index).rd.bytes", .integer(Int128(index)))
            stats.set("net.\(index).name", .string("tap\(index)"))
            stats.set("net.\(index).tx.bytes", .integer(Int128(index)))
        }
        #expect(stats.blocks.map(\.index) == [1, 0, 10, 2])
        #expect(stats.blocks.map(\.name) == ["vd1", "vd0", "vd10", "vd2"])
        #expect(stats.blocks.map(\.readBytes) == [1, 0, 10, 2])
        #expect(stats.interfaces.map(\.name) == ["tap1", "tap0", "tap10", "tap2"])
        #expect(stats.interfaces.map(\.sentBytes) == [1, 0, 10, 2])
    }

    /// An index is no size: a huge one costs no memory, and one that no integer holds ends nothing.
    @Test func hugeIndexesCostNothing() {
        for group in ["vcpu.%.time", "block.%.capacity", "net.%.rx.bytes"] {
            for index in [
                "999999999", "2147483647", "4294967296", "9223372036854775808", String(repeating: "9", count: 500),
            ] {
                var stats = DomainStats()
                stats.set(group.replacing("%", with: index), .integer(1))
                #expect(stats.vcpus.count + stats.blocks.count + stats.interfaces.count <= 1)
            }
        }
        var stats = DomainStats()
        stats.set("vcpu.999999999.time", .integer(1))
        #expect(stats.vcpus.map(\.index) == [999_999_999])
    }

    @Test(arguments: 0..<10)
    func anyNameAndValueIsTaken(seed: Int) {
        var random = SplitMix(seed: seed)
        var stats = DomainStats()
        for _ in 0..<500 {
            let figure = Self.figures[Int.random(in: 0..<Self.figures.count, using: &random)].name
            let cut = figure.prefix(Int.random(in: 0...figure.count, using: &random))
            stats.set(cut + String.random(&random, upTo: 3), .integer(Int128(truncatingIfNeeded: random.next())))
        }
        #expect(stats.blocks.allSatisfy { $0.index >= 0 })
    }
}
