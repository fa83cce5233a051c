public import Telemetry

/// Turns samples into payloads and delivers payloads. It holds no queue and never retries on its own account beyond
/// `max_retries`: durability, order, retry and back-off are the outbox's.
public protocol Publisher: Sendable {
    /// Names its queue: stable across restarts, without secrets, usable as a file name after percent-encoding.
    var identity: String { get }

    /// Whether payloads must be on disk before they are sent. False for publishers that themselves only write locally.
    var needsDurability: Bool { get }

    /// Payloads in order, all of them there or each made when it is asked for: together a cycle's take more memory than
    /// everything else of it.
    associatedtype Payloads: RandomAccessCollection<Payload>, Sendable

    /// The payloads that carry these samples, in order. Empty for no samples.
    func payloads(for samples: [Sample]) -> Payloads

    /// The payloads that tell that these instances are gone for good; empty for a publisher that has no use for it.
    func payloads(forEnded instances: [EndedInstance]) -> [Payload]

    /// One attempt to deliver. Never throws: whatever happens is a `Delivery`. Bounded by the publisher's own timeout.
    func deliver(_ payload: Payload) async -> Delivery

    /// The payload in two halves, in order; `nil` if it holds one sample only or cannot be split.
    func split(_ payload: Payload) -> (Payload, Payload)?
}

extension Publisher {
    /// Nothing.
    public func payloads(forEnded instances: [EndedInstance]) -> [Payload] { [] }
}
