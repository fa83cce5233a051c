import Foundation
import TestServers

/// One fault, the collector that has it, and how the fault begins and ends.
final class FaultTrial {
    let fault: CollectorFault
    let collector: FaultyCollector
    private let front: TLSFront?

    init(_ fault: CollectorFault) throws {
        self.fault = fault
        collector = try FaultyCollector(isListening: !fault.isAbsentAtStart)
        front = nil
    }

    /// A collector behind a TLS server that has a wrong certificate until it is mended.
    init(_ certificate: TLSFront.WrongCertificate) throws {
        fault = CollectorFault(name: "TLS: \(certificate.rawValue)", requests: 0)
        collector = try FaultyCollector()
        front = try TLSFront(of: collector, certificate)
    }

    var url: String { front?.url ?? collector.url(fault.parameters) }

    /// Whether there is no fault yet: else it is there from the start.
    var isHealthyAtFirst: Bool { !fault.isAbsentAtStart && front == nil }

    /// As many requests as the fault needs to be one have met it.
    var hasShown: Bool { collector.faulted >= fault.requests }

    func begin() async throws {
        guard isHealthyAtFirst else { return }
        if let reaction = fault.reaction { return collector.begin(reaction) }
        // No answer may be under way when the connections end, or samples would be taken without the agent's knowing.
        collector.begin { _, _ in .refuses(.status(503)) }
        try await eventually("a request has met the fault", within: 20) { collector.faulted > 0 }
        collector.stopListening()
    }

    func mend() throws {
        collector.mend()
        try front?.mend()
        if fault.reaction == nil, front == nil { try collector.listen() }
    }

    /// When a sample was first taken with an answer that said so.
    func arrival(of id: String) -> ContinuousClock.Instant? {
        collector.requests.first { $0.fate == .taken && $0.samples.contains { $0.id == id } }?.arrived
    }

    /// The seconds from each request that was refused in that time to the next.
    func pauses(from begin: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> [Double] {
        let requests = collector.requests
        return zip(requests, requests.dropFirst()).compactMap { request, next in
            guard request.fate == .refused, request.arrived >= begin, request.arrived < end else { return nil }
            return (next.arrived - request.arrived) / Duration.seconds(1)
        }
    }
}
