import Hypervisor
import Logging
import Synchronization

// What is asked of one domain after the other: descriptions, and the images of disks. A call that overruns costs its domain
// alone.
extension LibvirtHypervisor {
    /// Brings the catalogue up to date with the records: fetches what is new or has changed.
    func describe(_ records: [BulkRecord], over link: Link) async {
        if ContinuousClock.now - lastResync >= resyncInterval {
            lastResync = .now
            catalogue.expireAll()
        }
        catalogue.expire(link.calls.changes.take())
        let wanted = catalogue.update(records)
        guard !wanted.isEmpty else { return }
        catalogue.insert(await fetch(wanted, over: link), records: records)
    }

    /// Descriptions by UUID. Those that could not be asked for are not there.
    func fetch(_ uuids: [String], over link: Link) async -> [String: Result<String, LibvirtError>] {
        var descriptions: [String: Result<String, LibvirtError>] = [:]
        var rest = uuids.filter { !undescribed.contains($0) }
        for uuid in uuids where undescribed.contains(uuid) { descriptions[uuid] = .failure(overrun(uuid)) }
        var link: Link? = link
        // Each that overruns costs a connection.
        for _ in 0..<2 {
            guard let over = link, !rest.isEmpty else { break }
            calls += 2 * rest.count
            let outcome = await each(
                of: rest, over: over, limit: deadline * 4, late: { [weak self] in self?.described($0) }
            ) { calls, uuid in calls.description(of: uuid) }
            for (uuid, xml) in outcome.answers { descriptions[uuid] = xml }
            rest.removeFirst(outcome.answers.count)
            guard let stuck = outcome.stuck else { break }
            rest.removeFirst()
            undescribed.insert(stuck)
            descriptions[stuck] = .failure(overrun(stuck))
            logger.warning(
                "virDomainGetXMLDesc did not return within \(deadline); the domain is polled as it was known before",
                metadata: ["domain": "\(stuck)"])
            do { link = try await connected() } catch { link = nil }
        }
        return descriptions
    }

    private func overrun(_ uuid: String) -> LibvirtError {
        LibvirtError(
            call: "virDomainGetXMLDesc", domain: uuid, code: 0, origin: 0,
            message: "it has not returned; look for storage or a QEMU that hangs")
    }

    private nonisolated func described(_ uuid: String) {
        Task { await self.allowDescription(uuid) }
    }

    private func allowDescription(_ uuid: String) {
        undescribed.remove(uuid)
    }

    /// Asks for the images that are new, and for some of those whose answers are old; adds what is known to the records.
    func measureImages(_ records: inout [BulkRecord], over link: Link) async {
        let unknown = answering(images.unknown, records)
        if await ask(unknown, over: link, limit: deadline) {
            // No poll is to take notably longer for these.
            await ask(answering(images.due(.now), records), over: self.link ?? link, limit: .milliseconds(250))
        }
        for index in records.indices { images.complete(&records[index]) }
    }

    /// The questions, each about one disk, to guests that have answered the bulk call: another call to one that hangs would be
    /// left behind, too. So would one to a domain whose description does not come.
    private func answering(_ questions: [DiskImages.Question], _ records: [BulkRecord]) -> [DiskImages.Question] {
        guard !questions.isEmpty else { return [] }
        let answering = Set(
            records.filter { $0.stats.blocks.contains { $0.capacity != nil } && !undescribed.contains($0.uuid) }.map(
                \.uuid))
        return questions.filter { answering.contains($0.uuid) }.flatMap { question in
            question.devices.map { DiskImages.Question(uuid: question.uuid, devices: [$0]) }
        }
    }

    /// virDomainGetBlockInfo of all disks that have figures, by UUID and target device.
    func blockInfo(of records: [RawRecord]) async -> [String: [String: DomainStats.BlockInfo]] {
        var rest = records.compactMap { record -> DiskImages.Question? in
            let devices = record.stats.compactMap { name, value -> String? in
                guard name.hasPrefix("block."), name.hasSuffix(".name"), case .string(let device) = value,
                    record.stats[name.dropLast(4) + "capacity"] != nil
                else { return nil }
                return device
            }
            return devices.isEmpty ? nil : DiskImages.Question(uuid: record.uuid, devices: devices.sorted())
        }
        var found: [String: [String: DomainStats.BlockInfo]] = [:]
        // Each that overruns costs a connection.
        for _ in 0..<3 where !rest.isEmpty {
            let link: Link
            do { link = try await connected() } catch { break }
            let outcome = await each(of: rest, over: link, limit: .seconds(600), late: { _ in }) { calls, question in
                calls.blockInfo(of: question.uuid, devices: question.devices)
            }
            for (question, answer) in outcome.answers { found[question.uuid] = answer }
            rest.removeFirst(outcome.answers.count)
            guard outcome.stuck != nil else { break }
            rest.removeFirst()
        }
        return found
    }

    /// Asks virDomainGetBlockInfo; whether more may be asked.
    @discardableResult
    private func ask(_ questions: [DiskImages.Question], over link: Link, limit: Duration) async -> Bool {
        guard !questions.isEmpty else { return true }
        let outcome = await each(
            of: questions, over: link, limit: limit, late: { [weak self] in self?.answeredLate($0) }
        ) { calls, question in calls.blockInfo(of: question.uuid, devices: question.devices) }
        for (question, answer) in outcome.answers {
            calls += 2
            images.insert(answer, to: question, at: .now)
        }
        guard let stuck = outcome.stuck else { return outcome.answers.count == questions.count }
        calls += 1
        // libvirt holds the guest's job for the call that was left behind, and passes it over in bulk calls.
        images.postpone(stuck, at: .now)
        noteHanging(stuck.uuid, name: catalogue[stuck.uuid]?.name)
        return false
    }

    private nonisolated func answeredLate(_ question: DiskImages.Question) {
        Task { await self.allow(question) }
    }

    private func allow(_ question: DiskImages.Question) {
        images.allow(question)
    }

    /// The answers for some items, asked one after the other on a lane, as far as they came within `limit`. An item that takes
    /// longer than the deadline is left behind with the connection, and `late` is told when it returns.
    func each<Item: Sendable, Answer: Sendable>(
        of items: [Item], over link: Link, limit: Duration, late: @escaping @Sendable (Item) -> Void,
        _ body: @escaping @Sendable (any HostCalls, Item) -> Answer
    ) async -> (answers: [(Item, Answer)], stuck: Item?) {
        let progress = Progress<Item, Answer>()
        let hostCalls = link.calls
        let call = link.lane.start {
            for item in items {
                guard progress.goesOn else { return }
                progress.append(item, body(hostCalls, item))
            }
        }
        let end = ContinuousClock.now + limit
        while true {
            let before = progress.count
            let rest = end - ContinuousClock.now
            if rest <= .zero { progress.stop() }
            // One that was begun within the limit has its deadline, too.
            if case .answered = await call.answer(within: rest > .zero ? min(deadline, rest) : deadline) { break }
            if progress.count > before || rest < deadline && rest > .zero { continue }
            let count = progress.abandon()
            guard count < items.count else { break }
            if case .answered = call.leaveBehind(late: { _ in late(items[count]) }) { break }
            if self.link?.lane === link.lane { disconnect() }
            if scout?.lane === link.lane { scout = nil }
            return (progress.answers, items[count])
        }
        return (progress.answers, nil)
    }
}

/// The answers of a call that asks for one item after the other, while it is under way.
private final class Progress<Item: Sendable, Answer: Sendable>: Sendable {
    private let state = Mutex((answers: [(Item, Answer)](), goesOn: true, isAbandoned: false))

    /// Whether the next item is to be asked.
    var goesOn: Bool { state.withLock { $0.goesOn } }
    var count: Int { state.withLock { $0.answers.count } }
    var answers: [(Item, Answer)] { state.withLock { $0.answers } }

    func append(_ item: Item, _ answer: Answer) {
        state.withLock { if !$0.isAbandoned { $0.answers.append((item, answer)) } }
    }

    func stop() { state.withLock { $0.goesOn = false } }

    /// Takes no more answers; how many there are.
    func abandon() -> Int {
        state.withLock { state in
            state.goesOn = false
            state.isAbandoned = true
            return state.answers.count
        }
    }
}
