import Hypervisor
import Logging
import Threads

// The bulk call, and guests that do not answer it.
extension LibvirtHypervisor {
    /// Makes a bulk call, again over a new connection after each one that a guest blocks, as long as calls may be left
    /// behind. Groups that libvirt fails for all domains because of one are left out.
    func bulk<Record: StatisticsRecord>(_ groups: StatisticsGroups) async throws(HypervisorError) -> (Link, [Record]) {
        guard !isStalled else {
            throw HypervisorError(.timedOut, "\(shown): an earlier call has not returned yet; libvirtd does not answer")
        }
        var isSecondTry = false
        while true {
            let link = try await connected()
            calls += 1
            let start = ContinuousClock.now
            let asked = groups.subtracting(failing)
            let call = link.lane.start { Record.ask(link.calls, asked) }
            switch try await outcome(of: call) {
            case .answered(.success(let records)):
                usual = ContinuousClock.now - start
                return (link, records)
            case .answered(.failure(let error)):
                if !error.isOfConnection, link.calls.changes.closedReason == nil,
                    let found = try await failing(of: asked, Record.self, over: link)
                {
                    failing.formUnion(found)
                    logger.debug("a group of statistics is asked for apart", metadata: ["error": "\(error)"])
                    continue
                }
                disconnect()
                // A daemon that was restarted between two cycles is noticed only by the call that fails.
                if isSecondTry { throw HypervisorError(.unreachable, "\(shown): \(error)") }
                isSecondTry = true
            case .overdue:
                logger.debug("a call to libvirt was left behind", metadata: ["outstanding": "\(census.outstanding)"])
                if census.isExhausted { throw exhausted }
            }
        }
    }

    /// The groups for which a bulk call fails that can be made without them; `nil` if it is no group's fault.
    ///
    /// libvirt 9.0 fails the whole call if one group of one domain cannot be read (qemuConnectGetAllDomainStats).
    private func failing<Record: StatisticsRecord>(
        of groups: StatisticsGroups, _ record: Record.Type, over link: Link
    ) async throws(HypervisorError) -> StatisticsGroups? {
        // Performance events are what is known to fail.
        let candidates: [StatisticsGroups] = [.perf, .cpu, .balloon, .vcpu, .interface, .block].filter(groups.contains)
        func fails(_ asked: StatisticsGroups) async throws(HypervisorError) -> Bool? {
            guard self.link?.lane === link.lane else { return nil }
            calls += 1
            guard case .answered(let answer) = try await outcome(of: link.lane.start { Record.ask(link.calls, asked) })
            else { return nil }
            switch answer {
            case .success: return false
            case .failure(let error): return error.isOfConnection ? nil : true
            }
        }
        if groups.contains(.perf), groups != .perf, try await fails(groups.subtracting(.perf)) == false { return .perf }
        guard try await fails(.state) == false else { return nil }
        var found: StatisticsGroups = []
        for group in candidates where try await fails([.state, group]) == true { found.formUnion(group) }
        return found.isEmpty ? nil : found
    }

    /// Asks each domain for the groups that the bulk call was made without. What fails costs that domain those figures alone.
    func askApart<Record: StatisticsRecord>(
        _ records: inout [Record], _ groups: StatisticsGroups, over link: Link
    ) async {
        let apart = groups.intersection(failing)
        guard !apart.isEmpty else { return }
        let uuids = records.filter { $0.id >= 0 && !held.contains($0.uuid) }.map(\.uuid)
        calls += 2 * uuids.count
        let outcome = await each(of: uuids, over: link, limit: deadline, late: { _ in }) { calls, uuid in
            Record.ask(calls, apart, of: [uuid])
        }
        if let stuck = outcome.stuck { noteHanging(stuck, name: catalogue[stuck]?.name) }
        var told: [String: String] = [:]
        let places = Dictionary(records.indices.map { (records[$0].uuid, $0) }) { first, _ in first }
        for (uuid, answer) in outcome.answers {
            guard let place = places[uuid] else { continue }
            switch answer {
            case .success(let answers):
                if let answer = answers.first(where: { $0.uuid == uuid }) { records[place].take(apart, from: answer) }
            // One that has ended in between.
            case .failure(let error) where error.isDomainGone: break
            case .failure(let error):
                told[uuid] = "\(error)"
                if toldFailing[uuid] == nil {
                    logger.warning(
                        "libvirt cannot read statistics of a domain, which have no samples; the others are asked for one by one",
                        metadata: ["domain": "\(uuid)", "name": "\(records[place].name)", "error": "\(error)"])
                }
            }
        }
        // Once no domain fails, all can be asked at once again.
        if told.isEmpty, outcome.answers.count == uuids.count { failing.subtract(apart) }
        toldFailing = told
    }

    /// Notes a guest for which a call is left behind: it is named if they become too many.
    func noteHanging(_ uuid: String, name: String?) {
        hanging[uuid] = name.map { "\($0) (\(uuid))" } ?? uuid
        held.insert(uuid)
    }

    /// Waits for a bulk call. If it is overdue a guest blocks it, and it has been left behind with its connection.
    private func outcome<Value: Sendable>(
        of call: PendingCall<Value>
    ) async throws(HypervisorError) -> CallOutcome<Value> {
        let start = ContinuousClock.now
        let patience = min(max(Occupation.notable, usual * 2), deadline)
        if case .answered(let value) = await call.answer(within: patience) { return .answered(value) }
        while ContinuousClock.now - start < deadline {
            do {
                let hanging = try await hangingGuests(since: start)
                if !hanging.isEmpty {
                    disconnect()
                    for guest in hanging { noteHanging(guest.uuid, name: guest.name) }
                    return call.leaveBehind()
                }
            } catch {
                // A daemon that hangs, unless the call was answered meanwhile.
                return .answered(try leaveStalled(call, error))
            }
            // Nobody hangs, or not for long enough: a host that is slow, or has very many guests.
            if case .answered(let value) = await call.answer(within: .milliseconds(100)) { return .answered(value) }
        }
        return .answered(
            try leaveStalled(
                call,
                HypervisorError(
                    .timedOut,
                    "\(shown): virConnectGetAllDomainStats did not return within \(deadline), and no guest is to blame; "
                        + "if libvirtd is only slow, raise [aerostat] libvirt_timeout")))
    }

    /// Leaves a call behind that no guest blocks: nothing more is asked before it returns.
    private func leaveStalled<Value: Sendable>(
        _ call: PendingCall<Value>, _ error: HypervisorError
    ) throws(HypervisorError) -> Value {
        let outcome = call.leaveBehind { [weak self] _ in
            guard let self else { return }
            Task { await self.noLongerStalled() }
        }
        if case .answered(let value) = outcome { return value }
        isStalled = true
        disconnect()
        throw error
    }

    private func noLongerStalled() {
        isStalled = false
    }

    /// The guests whose monitors have been in use for long, but no longer than a call has been under way: one of them
    /// blocks it. Those in use before it are held for others, and libvirt passes them over.
    private func hangingGuests(since start: ContinuousClock.Instant) async throws(HypervisorError) -> [OccupiedGuest] {
        if scout?.calls.changes.closedReason != nil { scout = nil }
        let rest = max(deadline - (ContinuousClock.now - start), Occupation.notable)
        let scout = if let scout { scout } else { try await open(within: rest) }
        self.scout = scout
        calls += 1
        let outcome = await scout.lane.call(deadline: rest) { scout.calls.occupations(of: nil) }
        guard case .answered(let occupations) = outcome else {
            self.scout = nil
            throw HypervisorError(.timedOut, "\(shown): virDomainGetControlInfo did not return within \(deadline)")
        }
        let range = Occupation.notable...(ContinuousClock.now - start + .milliseconds(50))
        return occupations.filter { range.contains($0.duration) }
    }

    /// How long the monitors of these guests have been in use: of those that statistics are missing of.
    func occupations(of uuids: Set<String>, over link: Link) async -> [String: Occupation] {
        guard !uuids.isEmpty, self.link != nil else { return [:] }
        calls += 2 * uuids.count
        let wanted = Array(uuids)
        let outcome = await link.lane.call(deadline: deadline) { link.calls.occupations(of: wanted) }
        guard case .answered(let guests) = outcome else {
            disconnect()
            return [:]
        }
        let durations = Dictionary(guests.map { ($0.uuid, $0.duration) }) { first, _ in first }
        return Dictionary(uniqueKeysWithValues: wanted.map { ($0, Occupation(duration: durations[$0])) })
    }

    /// Asks guests again that somebody else was just asking: another agent, or virsh. With NOWAIT libvirt leaves out
    /// what it would have had to wait for.
    func askAgain(_ records: inout [BulkRecord], _ groups: StatisticsGroups, over link: Link) async {
        var busy = Set(records.filter { $0.isBusy(asked: groups) }.map(\.uuid))
        let known = held
        held = busy
        for pause in [20, 60, 150] {
            let again = busy.subtracting(known)
            guard !again.isEmpty, again.count <= 100 else { break }
            do { try await TaskThread.agent.sleep(for: .milliseconds(pause)) } catch { return }
            calls += again.count + 1
            let uuids = Array(again)
            guard
                case .answered(.success(let answers)) = await link.lane.call(
                    deadline: min(deadline, .seconds(1)), { link.calls.stats(groups, of: uuids) })
            else {
                // What is known of the others is published; the next cycle finds out about the connection.
                disconnect()
                break
            }
            for answer in answers where !answer.isBusy(asked: groups) {
                busy.remove(answer.uuid)
                if let index = records.firstIndex(where: { $0.uuid == answer.uuid }) { records[index] = answer }
            }
        }
        held = busy
    }

}
