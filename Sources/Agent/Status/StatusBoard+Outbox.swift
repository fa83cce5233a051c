import Outbox
import Telemetry

extension StatusBoard {
    /// Logs what happened in the outbox, and keeps the conditions that last.
    func note(_ event: OutboxEvent) {
        switch event {
        case .outageBegan(let queue, let reason):
            hold("delivery to \(queue)", "\(reason); samples are kept until it works again")
        case .outageEnded(let queue, _):
            clear("delivery to \(queue)", "delivering again to \(queue)")
        case .refused(let queue, let reason):
            hold("delivery to \(queue)", "\(reason); samples are kept until this is mended")
        case .quarantined(let queue, let samples, let reason):
            warn("a payload of \(samples) samples was put aside: \(reason)", about: queue)
        case .droppingBegan(let queue, let why):
            hold("losses of \(queue)", "the oldest samples are being dropped: \(why.rawValue) is reached")
        case .dropped(let queue, let samples, let first, let last):
            clear("losses of \(queue)", "\(samples) samples of \(first)Z to \(last)Z were dropped")
        case .diskFailed(let reason):
            hold("disk", "the outbox cannot write to its disk, samples are kept in memory: \(reason)")
        case .diskRecovered:
            clear("disk", "the outbox writes to its disk again")
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
            .init("quarantined_payloads", .integer(Int64(quarantined))),
            .init("quarantined_samples", .integer(Int64(quarantinedSamples))),
            .init("dropped_samples", .integer(Int64(droppedSamples))),
            .init("last_error", .text(lastError)),
        ])
    }
}
