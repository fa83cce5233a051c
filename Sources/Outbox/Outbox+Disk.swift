import Threads

// A disk that does not answer: nothing waits for it without a bound.
extension Outbox {
    /// Runs what uses the disk, and waits for it for a limited time. `nil` if it has not ended by then: it goes on by itself,
    /// with everything that follows upon it, and until it has ended nothing else is asked of the disk.
    ///
    /// Must not be nested: what runs here calls the functions that wait for the disk themselves.
    @discardableResult
    func onDisk<Value: Sendable>(
        within limit: Duration? = nil, _ body: @escaping @Sendable (isolated Outbox) async -> Value
    ) async -> Value? {
        guard !isHanging else { return nil }
        // A disk that fails has had its chance: each poll would wait anew.
        let patience = limit ?? (isDiskFailing ? limits.diskPatience / 8 : limits.diskPatience)
        let wait = PatientWait<Value>()
        Task {
            let value = await body(self)
            if !wait.give(value) { await diskAnswersAgain() }
        }
        if let value = await wait.wait(patience) { return value }
        diskHangs(after: patience)
        return nil
    }

    /// Whether the disk does not answer at present.
    var isHanging: Bool { overdue > 0 }

    /// What is told while the disk does not answer.
    var hangReason: String {
        let since = hangingSince.map { Int((ContinuousClock.now - $0 + limits.diskPatience) / .seconds(1)) } ?? 0
        return "\(path ?? "the disk") has not answered for \(since) s; check the disk, or the mount, beneath it"
    }

    private func diskHangs(after patience: Duration) {
        overdue += 1
        guard isHanging, hangingSince == nil, !isClosed else { return }
        hangingSince = .now
        failsByHanging = !isDiskFailing || failsByHanging
        isDiskFailing ? report(.diskFailureLasts(reason: hangReason)) : report(.diskFailed(reason: hangReason))
        isDiskFailing = true
        for identity in queues.keys {
            queues[identity]?.writeIsLate()
            signals[identity]?.yield()
        }
    }

    /// Something that was overdue has ended.
    private func diskAnswersAgain() async {
        overdue -= 1
        guard overdue == 0, let since = hangingSince, !isClosed else { return }
        hangingSince = nil
        // What was overdue may have changed what is there.
        await onDisk { outbox in
            await outbox.count()
            await outbox.flushWholly()
        }
        guard !isHanging else {
            hangingSince = min(since, hangingSince ?? since)
            return
        }
        if failsByHanging, isDiskFailing, store != nil, unreadableSince == nil {
            isDiskFailing = false
            report(.diskRecovered)
        }
        failsByHanging = false
        for signal in signals.values { signal.yield() }
    }
}
