import Outbox
import Threads

/// Writes payloads on a thread of its own, since writing to a file blocks, and one rotation must end before the
/// next write begins.
struct FileDelivery: Sendable {
    private let file: RotatingFile
    private let thread = WorkThread(named: "file")

    init(file: RotatingFile) {
        self.file = file
    }

    /// Delivered once the operating system has the bytes. Like any local write it has no deadline of its own.
    func deliver(_ payload: Payload) async -> Delivery {
        await thread.run { write(payload) }
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
