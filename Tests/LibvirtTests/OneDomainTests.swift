import Hypervisor
import Testing

@testable import Libvirt

/// One domain of which a call fails, or does not return, costs the others nothing.
@Suite struct OneDomainTests {
    private let groups: StatisticsGroups = [.state, .balloon, .perf, .block, .blockInfo]

    /// libvirt 9.0 fails the whole bulk call if `perf` fails for one domain.
    @Test(.timeLimit(.minutes(1))) func aGroupThatFailsForOneDomain() async throws {
        let host = FakeHost()
        for uuid in ["a", "b", "c"] { host.change(uuid) { $0.failsPerf = uuid == "b" } }
        let hypervisor = host.hypervisor(deadline: .seconds(20))
        for _ in 1...2 {
            let reading = try await hypervisor.read(groups)
            #expect(reading.domains.map(\.domain.uuid) == ["a", "b", "c"])
            #expect(reading.domains.map(\.stats.perf.cpuCycles) == [7, nil, 7])
            #expect(reading.domains.allSatisfy { $0.stats.balloon.resident == 1000 })
        }
        // The call that fails and two without the group; a domain at a time for it, twice.
        #expect(host.count("bulk") == 4)
        #expect(host.count("some") == 6)
        #expect(host.count("connect") == 1)
        let recorded = try await hypervisor.record()
        #expect(recorded.domains.map { $0.stats["perf.cpu_cycles"] } == [.integer(7), nil, .integer(7)])
        #expect(recorded.domains.allSatisfy { $0.stats["balloon.rss"] == .integer(1000) })

        // Once no domain fails, all are asked at once again.
        host.change("b") { $0.failsPerf = false }
        #expect(try await hypervisor.read(groups).domains.map(\.stats.perf.cpuCycles) == [7, 7, 7])
        let calls = try await hypervisor.read(groups).calls
        #expect(calls == 1)
        await hypervisor.close()
    }

    /// What fails for all is an error, and not a group's.
    @Test(.timeLimit(.minutes(1))) func whatFailsForItselfIsAnError() async throws {
        let host = FakeHost()
        host.change("a") { $0.failsPerf = true }
        let hypervisor = host.hypervisor(deadline: .seconds(20))
        let reading = try await hypervisor.read([.state, .perf])
        #expect(reading.domains.map(\.stats.state) == [1])
        #expect(reading.domains.first?.stats.perf.cpuCycles == nil)
        await hypervisor.close()
    }

    @Test(.timeLimit(.minutes(1))) func aDescriptionThatDoesNotCome() async throws {
        let host = FakeHost()
        let uuids = (10..<50).map { "\($0)" }
        for uuid in uuids { host.change(uuid) { $0.hangsXML = uuid == "17" } }
        let hypervisor = host.hypervisor()
        let reading = try await hypervisor.read(groups)
        #expect(reading.domains.map(\.domain.uuid) == uuids)
        let missing = reading.domains.filter { !$0.domain.isDescribed }.map(\.domain)
        #expect(missing.map(\.uuid) == ["17"])
        #expect(missing.first?.problem?.contains("virDomainGetXMLDesc") == true)
        #expect(reading.callsLeftBehind == 1)
        // It is not asked for again, which would leave one more call behind in each poll.
        #expect(try await hypervisor.read(groups).domains.count == uuids.count)
        #expect(host.count("description 17") == 1)
        host.change("17") { $0.hangsXML = false }
        host.release()
        try await poll(hypervisor) { $0.domains.allSatisfy { $0.domain.isDescribed } }
        await hypervisor.close()
    }

    @Test(.timeLimit(.minutes(1))) func anImageThatCannotBeAskedAbout() async throws {
        let host = FakeHost()
        let info = DomainStats.BlockInfo(capacity: 100, allocation: 10, physical: 40)
        for uuid in ["a", "b", "c"] {
            host.change(uuid) { guest in
                guest.stats.set("block.0.name", .string("vda"))
                guest.stats.blocks[0].capacity = 100
                guest.info = ["vda": info]
                guest.hangsInfo = uuid == "a"
            }
        }
        let hypervisor = host.hypervisor()
        let first = try await hypervisor.read(groups)
        #expect(first.domains.map(\.stats.blocks.first?.capacity) == [100, 100, 100])
        // The next poll goes on with the others, and not with that one.
        let second = try await hypervisor.read(groups)
        #expect(second.domains.map(\.stats.blocks.first?.earlierInfo) == [nil, info, info])
        let third = try await hypervisor.read(groups)
        #expect(third.calls == 1)
        #expect(["a", "b", "c"].map { host.count("info \($0)") } == [1, 1, 1])
        host.change("a") { $0.hangsInfo = false }
        host.release()
        try await poll(hypervisor) { $0.domains.allSatisfy { $0.stats.blocks.first?.earlierInfo == info } }
        await hypervisor.close()
    }

    @Test(.timeLimit(.minutes(1))) func imagesAreAskedAboutOnceAndOnlyForTheirMeters() async throws {
        let host = FakeHost()
        host.change("a") { guest in
            guest.stats.set("block.0.name", .string("vda"))
            guest.stats.blocks[0].capacity = 100
            guest.stats.blocks[0].path = "/base"
            guest.info = ["vda": .init(capacity: 100, allocation: 10, physical: 40)]
        }
        let hypervisor = host.hypervisor(deadline: .seconds(20))
        _ = try await hypervisor.read([.state, .block])
        #expect(host.count("info a") == 0)
        for _ in 1...3 {
            #expect(try await hypervisor.read(groups).domains.first?.stats.blocks.first?.earlierInfo?.physical == 40)
        }
        #expect(host.count("info a") == 1)
        // A snapshot: libvirt sends no event.
        host.change("a") {
            $0.stats.blocks[0].path = "/overlay"
            $0.xml = "<domain><overlay/></domain>"
            $0.info["vda"]?.physical = 7
        }
        let reading = try await hypervisor.read(groups)
        #expect(reading.domains.first?.stats.blocks.first?.earlierInfo?.physical == 7)
        #expect(reading.domains.first?.domain.xml == "<domain><overlay/></domain>")
        #expect(try await hypervisor.record().domains.first?.blockInfo["vda"]?.physical == 7)
        await hypervisor.close()
    }

    @Test(.timeLimit(.minutes(1))) func aConnectThatNeverReturns() async throws {
        let host = FakeHost()
        host.change("a") { _ in }
        host.hangConnects(true)
        let patient = host.hypervisor(deadline: .milliseconds(50))
        for _ in 1...3 { #expect(await failure(patient)?.code == .timedOut) }
        #expect(host.count("connect") == 1)
        // The peer of the first has vanished; another one is there.
        let hypervisor = host.hypervisor(deadline: .milliseconds(50), connectPatience: .zero)
        #expect(await failure(hypervisor)?.code == .timedOut)
        host.hangConnects(false)
        try await poll(hypervisor) { $0.domains.count == 1 }
        // If none returns, the process is to be restarted.
        host.hangConnects(true)
        let hopeless = host.hypervisor(deadline: .milliseconds(50), connectPatience: .zero)
        for _ in 1...CallCensus.limit { #expect(await failure(hopeless)?.code == .timedOut) }
        #expect(await failure(hopeless)?.code == .exhausted)
        host.release()
        for hypervisor in [patient, hypervisor, hopeless] { await hypervisor.close() }
    }

    @Test(.timeLimit(.minutes(2))) func guestsThatHangAreNamedWhenTheyAreTooMany() async throws {
        let host = FakeHost()
        for number in 0...CallCensus.limit { host.change("\(number)") { _ in } }
        let hypervisor = host.hypervisor(deadline: .seconds(20))
        #expect(try await hypervisor.read(groups).domains.count == CallCensus.limit + 1)
        var error: HypervisorError?
        for number in 0..<CallCensus.limit {
            host.change("\(number)") { $0.hangsSince = .now }
            error = await failure(hypervisor)
            if number < CallCensus.limit - 1 { #expect(error == nil) }
        }
        #expect(error?.code == .exhausted)
        for number in 0..<CallCensus.limit {
            #expect(error?.description.contains("guest-\(number) (\(number))") == true, "\(number)")
        }
        #expect(error?.description.contains("guest-\(CallCensus.limit)") == false)
        host.release()
        await hypervisor.close()
    }

    private func failure(_ hypervisor: LibvirtHypervisor) async -> HypervisorError? {
        do {
            _ = try await hypervisor.read(groups)
            return nil
        } catch { return error }
    }

    /// Polls until something is so.
    private func poll(_ hypervisor: LibvirtHypervisor, until isDone: (Reading) -> Bool) async throws {
        while true {
            do { if isDone(try await hypervisor.read(groups)) { return } } catch {
                guard error.code == .timedOut else { throw error }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Which images virDomainGetBlockInfo is asked about.
@Suite struct DiskImagesTests {
    private func record(_ change: (inout DomainStats.Block) -> Void = { _ in }, id: Int = 1) -> BulkRecord {
        var stats = DomainStats()
        stats.set("block.0.name", .string("vda"))
        stats.set("block.0.path", .string("/image"))
        stats.set("block.0.capacity", .integer(100))
        stats.set("block.0.allocation", .integer(10))
        change(&stats.blocks[0])
        return BulkRecord(uuid: "a", name: "n", id: id, stats: stats)
    }

    private let question = DiskImages.Question(uuid: "a", devices: ["vda"])
    private let info = DomainStats.BlockInfo(capacity: 100, allocation: 20, physical: 30)

    private func known() -> DiskImages {
        var images = DiskImages(listingInterval: .seconds(600))
        #expect(images.update([record()]).isEmpty)
        #expect(images.unknown == [question])
        images.insert(["vda": info], to: question, at: .now)
        #expect(images.unknown.isEmpty)
        return images
    }

    @Test func theSteadyStateAsksNothing() {
        var images = known()
        #expect(images.update([record { $0.allocation = 90 }]).isEmpty)
        #expect(images.unknown.isEmpty && images.due(.now).isEmpty)
        #expect(images.due(.now + .seconds(601)) == [question])
        var seen = record()
        images.complete(&seen)
        #expect(seen.stats.blocks.first?.earlierInfo == info)
    }

    @Test(arguments: ["/overlay", nil]) func anotherPathIsAnotherImage(path: String?) {
        var images = known()
        #expect(images.update([record { $0.path = path }]) == ["a"])
        #expect(images.unknown == [question])
        var seen = record()
        images.complete(&seen)
        #expect(seen.stats.blocks.first?.earlierInfo == nil)
    }

    @Test func aResizeOrASmallerOffsetIsAnotherImage() {
        var images = known()
        #expect(images.update([record { $0.capacity = 200 }]) == ["a"])
        #expect(images.unknown == [question])
        images = known()
        #expect(images.update([record { $0.allocation = 0 }]) == ["a"])
        #expect(images.unknown == [question])
    }

    /// libvirt sends no event of a medium.
    @Test func aMediumThatComesOrGoesChangesTheDescription() {
        func records(_ medium: Int128?) -> [BulkRecord] {
            var record = record()
            record.stats.set("block.1.name", .string("sda"))
            record.stats.blocks[1].capacity = medium
            return [record]
        }
        var images = known()
        #expect(images.update(records(nil)).isEmpty)
        #expect(images.update(records(5)) == ["a"])
        #expect(images.unknown == [.init(uuid: "a", devices: ["sda"])])
        #expect(images.update(records(5)).isEmpty)
        #expect(images.update(records(nil)) == ["a"])
        #expect(images.unknown.isEmpty)
    }

    /// A new QEMU has a new description anyway.
    @Test func aGuestThatWasRestartedIsAskedAgain() {
        var images = known()
        #expect(images.update([record(id: 2)]).isEmpty)
        #expect(images.unknown == [question])
        #expect(images.update([record(id: -1)]).isEmpty)
        #expect(images.unknown.isEmpty)
    }

    /// A guest that hangs has no figures, and its image is none other for that.
    @Test func withoutFiguresNothingChanges() {
        var images = known()
        #expect(images.update([BulkRecord(uuid: "a", name: "n", id: 1, stats: DomainStats())]).isEmpty)
        #expect(images.update([record { $0.capacity = nil }]).isEmpty)
        #expect(images.update([record()]).isEmpty)
        #expect(images.unknown.isEmpty)
        #expect(images.update([]).isEmpty)
        #expect(images.due(.now + .seconds(601)).isEmpty)
    }

    /// Where each poll has time for a few only, and all are due in each, all have their turn.
    @Test func theOldestAnswersAreAskedForFirst() {
        var images = DiskImages(listingInterval: .seconds(600))
        let records = ["a", "b", "c"].map { BulkRecord(uuid: $0, name: $0, id: 1, stats: record().stats) }
        #expect(images.update(records).isEmpty)
        var now = ContinuousClock.now
        for question in images.unknown { images.insert(["vda": info], to: question, at: now) }
        var asked: [String] = []
        for _ in 0..<6 {
            now += .seconds(601)
            let due = images.due(now)
            #expect(due.count == 3)
            images.insert(["vda": info], to: due[0], at: now)
            asked.append(due[0].uuid)
        }
        #expect(asked == ["a", "b", "c", "a", "b", "c"])
    }

    @Test func whatLibvirtRefusesIsAskedInTheSlowListingAlone() {
        var images = DiskImages(listingInterval: .seconds(600))
        _ = images.update([record()])
        images.insert([:], to: question, at: .now)
        #expect(images.unknown.isEmpty)
        #expect(images.due(.now + .seconds(601)) == [question])
        images.allow(question)
        #expect(images.unknown == [question])
    }
}
