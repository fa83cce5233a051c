import Foundation

/// A `file://` publisher beside the collector's in the same pipeline: what it wrote is what the collector should have.
struct Witness {
    private let path: String

    /// A witness that writes into a folder.
    init(in folder: TemporaryFolder) {
        path = folder.path("witness")
    }

    /// The URL of a collector and the witness's own, as `RunningAgent` takes one.
    func url(beside collector: String) -> String { "\(collector)\", \"file://\(path)?json" }

    /// What it wrote. The last line may be under way.
    func samples() throws -> [ReceivedSample] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n")
        return try (text.hasSuffix("\n") ? lines[...] : lines.dropLast()).map {
            try JSONDecoder().decode(ReceivedSample.self, from: Data($0.utf8))
        }
    }

    /// The ids of what it wrote of cycles up to a moment.
    func ids(through last: Double = .infinity) throws -> Set<String> {
        Set(try samples().filter { try moment($0.timestamp) <= last }.map(\.id))
    }
}

/// What became of samples that should have arrived.
struct Balance: CustomStringConvertible {
    let expected: Int
    let lost: Int
    /// Samples that arrived more than once.
    let doubled: Int

    /// Compares what should have arrived with what did.
    init(expected: Set<String>, received: [ReceivedSample]) {
        let ids = Set(received.map(\.id))
        self.expected = expected.count
        lost = expected.subtracting(ids).count
        doubled = received.count - ids.count
    }

    var description: String { "lost \(lost) of \(expected), doubled \(doubled)" }
}
