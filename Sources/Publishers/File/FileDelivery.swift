import Dispatch
import Outbox

/// Writes payloads on a serial queue of its own, since writing to a file blocks, and one rotation must end before the
/// next write begins.
struct FileDelivery: Sendable {
    private let file: RotatingFile
    private let queue: DispatchQueue

    init(file: RotatingFile) {
        self.file = file
        queue = DispatchQueue(label: "aerostat.publisher.file")
    }

    /// Delivered once the operating system has the bytes. Like any local write it has no deadline of its own.
    func deliver(_ payload: Payload) async -> Delivery {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: write(payload)) }
        }
    }

    private func write(_ payload: Payload) -> Delivery {
        do {
            try file.append(payload.body)
            return .delivered
        } catch {
            return .retry(after: nil, reason: "\(error); check the directory, its rights and the space there")
        }
    }
}
