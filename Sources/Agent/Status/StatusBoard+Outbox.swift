import Outbox
import Telemetry

extension StatusBoard {
    /// Logs what happened in the outbox, and keeps the conditions that last.
    func note(_ event: OutboxEvent) {
        switch event {
        case .outageBegan(let queue, let reason):
            hold("delivery to \(queue)", "\(reason); samples are kept until it works again")
        case .outageLasts(let queue, let reason):
            hold("delivery to \(queue)", "\(reason); samples are kept until it works again")
        case .outageEnded(let queue, _):
            clear("delivery to \(queue)", "delivering again to \(queue)")
        case .refused(let queue, let reason):
            hold("delivery to \(queue)", "\(reason); samples are kept until this is mended")
        case .firstDelivery(let queue, let samples):
            tell("first delivery since the start: the receiver took \(samples) samples", about: queue)
        case .quarantined(let queue, let samples, let reason):
            warn("a payload of \(samples) samples was refused, and is in quarantine: \(reason)", about: queue)
        case .droppingBegan(let queue, let why):
            hold("losses of \(queue)", "the oldest samples are being dropped: \(why.rawValue) is reached")
        case .droppingLasts(let queue, let why, let samples):
            hold(
                "losses of \(queue)",
                "the oldest samples are being dropped: \(why.rawValue) is reached; \(samples) samples so far")
        case .dropped(let queue, let samples, let first, let last):
            clear("losses of \(queue)", "\(samples) samples of \(first)Z to \(last)Z were dropped")
        case .diskFailed(let reason), .diskFailureLasts(let reason):
            hold("disk", "the outbox cannot use its disk, samples are kept in memory: \(reason)")
        case .diskRecovered:
            clear("disk", "the outbox uses its disk again")
        case .stateReplaced(let path, let reason, let carried):
            let saved = carried > 0 ? "; \(carried) payloads of the old one are in the new one" : ""
            warn("\(reason) while the agent ran\(saved); stop the program that changes files there", about: path)
        case .directoryTaken(let reason):
            hold("state directory", reason)
        case .unknownQueue(let queue, let samples):
            warn("\(samples) samples for a queue that does not exist are lost; please report this", about: queue)
        case .databaseDamaged(let path, let reason, let recovered, let unreadable):
            warn(
                "the outbox was damaged (\(reason)); \(recovered) payloads were saved, \(unreadable) were found but "
                    + "unreadable, and others may be gone; the old file is kept", about: path)
        }
    }
}

extension QueueSnapshot {
    /// The counters for the status endpoint.
    var json: MetadataValue {
        .object([
            .init("publisher", .string(identity)),
            .init("configured", .bool(isConfigured)),
            .init("waiting_payloads", .integer(Int64(payloads))),
            .init("waiting_samples", .integer(Int64(samples))),
            .init("waiting_bytes", .integer(Int64(bytes))),
            .init("oldest_waiting", .text(oldest.map { "\($0)Z" })),
            .init("in_memory_payloads", .integer(Int64(inMemory))),
            .init("delivered_payloads", .integer(Int64(delivered))),
            .init("attempts", .integer(Int64(attempts))),
            .init("last_attempt", .text(lastAttempt.map { "\($0)Z" })),
            .init("next_attempt", .text(untilNextAttempt.map { "\(Self.wallTime(in: $0))Z" })),
            .init("next_attempt_in_seconds", untilNextAttempt.map { .real($0 / .seconds(1)) } ?? .null),
            .init("quarantined_payloads", .integer(Int64(quarantined))),
            .init("quarantined_samples", .integer(Int64(quarantinedSamples))),
            .init("dropped_samples", .integer(Int64(droppedSamples))),
            .init("last_error", .text(lastError)),
            .init("warning", .text(warning)),
        ])
    }

    private var untilNextAttempt: Duration? { nextAttempt.map { max(.zero, $0 - .now) } }

    private static func wallTime(in duration: Duration) -> Timestamp {
        Timestamp(microseconds: WallClock.now.microseconds + Int64(duration / .microseconds(1)))
    }

    /// What an operator should do about a queue that nothing serves.
    private var warning: String? {
        guard !isConfigured, payloads > 0 || quarantined > 0 else { return nil }
        return
            "not in pipeline.yaml: nothing is sent; to send it elsewhere, run aerostat outbox move \(identity) NEW-QUEUE"
    }
}
