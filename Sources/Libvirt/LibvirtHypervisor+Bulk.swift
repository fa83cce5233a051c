import Hypervisor
import Logging
import Threads

// The bulk call, and guests that do not answer it.
extension LibvirtHypervisor {
    /// Makes a bulk call, again over a new connection after each one that a guest blocks, as long as calls may be left
    /// behind.
    func bulk<Record: Sendable>(
        _ body: @escaping @Sendable (LibvirtConnection) -> Result<[Record], LibvirtError>
    ) async throws(HypervisorError) -> (Link, [Record]) {
        guard !isStalled else {
            throw HypervisorError(.timedOut, "\(shown): an earlier call has not returned yet; libvirtd does not answer")
        }
        var isSecondTry = false
        while true {
            let link = try await connected()
            calls += 1
            let start = ContinuousClock.now
            let call = link.lane.start { body(link.connection) }
            switch try await outcome(of: call) {
            case .answered(.success(let records)):
                usual = ContinuousClock.now - start
                return (link, records)
            case .answered(.failure(let error)):
                disconnect()
                // A daemon that was restarted between two cycles is noticed only by the call that fails.
                if isSecondTry { throw HypervisorError(.unreachable, "\(shown): \(error)") }
                isSecondTry = true
            case .overdue:
                logger.debug("a call to libvirt was left behind", metadata: ["outstanding": "\(census.outstanding)"])
                if census.isExhausted {
                    throw HypervisorError(
                        .exhausted,
                        "\(shown): \(census.outstanding) calls have not returned; no more are risked. Look for guests "
                            + "that hang")
                }
            }
        }
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
                    held.formUnion(hanging)
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
    private func hangingGuests(since start: ContinuousClock.Instant) async throws(HypervisorError) -> Set<String> {
        if scout?.connection.changes.closedReason != nil { scout = nil }
        let rest = max(deadline - (ContinuousClock.now - start), Occupation.notable)
        let scout = if let scout { scout } else { try await open(within: rest) }
        self.scout = scout
        calls += 1
        let outcome = await scout.lane.call(deadline: rest) { scout.connection.occupations() }
        guard case .answered(let occupations) = outcome else {
            self.scout = nil
            throw HypervisorError(.timedOut, "\(shown): virDomainGetControlInfo did not return within \(deadline)")
        }
        let range = Occupation.notable...(ContinuousClock.now - start + .milliseconds(50))
        return Set(occupations.filter { range.contains($0.value) }.keys)
    }

    /// How long the monitors of these guests have been in use: of those that statistics are missing of.
    func occupations(of uuids: Set<String>, over link: Link) async -> [String: Occupation] {
        guard !uuids.isEmpty, self.link != nil else { return [:] }
        calls += 2 * uuids.count
        let wanted = Array(uuids)
        let outcome = await link.lane.call(deadline: deadline) { link.connection.occupations(of: wanted) }
        guard case .answered(let durations) = outcome else {
            disconnect()
            return [:]
        }
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
                    deadline: min(deadline, .seconds(1)), { link.connection.stats(groups, of: uuids) })
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
