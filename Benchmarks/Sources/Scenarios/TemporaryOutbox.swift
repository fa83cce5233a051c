import FoundationEssentials
import Outbox
import Telemetry

/// An outbox of one publisher in a directory that goes with it.
final class TemporaryOutbox: Sendable {
    private let directory: String
    private let identity: String
    private let outbox: Outbox

    init(_ publisher: any Publisher) async throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "aerostat-benchmark-\(UUID().uuidString)")
            .path()
        identity = publisher.identity
        let time = Host.start
        outbox = try await Outbox.open(
            directory: directory, limits: OutboxLimits(maxBytes: 8 << 30, maxAge: nil), publishers: [publisher],
            now: { time },
            report: { event in
                // A receiver that takes none is meant to.
                if case .outageBegan = event { return }
                print("outbox: \(event)")
            })
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: directory) } catch { print("\(directory): \(error)") }
    }

    func handOver(_ payloads: any RandomAccessCollection<Payload> & Sendable) async {
        await outbox.handOver([(identity, payloads)])
    }
}
