import FoundationEssentials
import Telemetry

/// Shows the table once a second: on a terminal in place, else below each other whenever samples or reasons have come.
@MainActor
struct LiveTable {
    let collector: Collector
    let title: String

    /// Shows it until its task is cancelled, or the output cannot be written to.
    func run() async throws {
        let output = Descriptor.standardOutput
        var before: Frame?
        var shown: (samples: Int, missing: [[InstanceRow.Missing]])?
        while !Task.isCancelled {
            let received = await collector.received
            let rows = await collector.rows(at: .now)
            let missing = rows.map(\.missing)
            let size = output.terminalSize
            if size != nil || received.samples != shown?.samples || missing != shown?.missing {
                let lines = text(rows, received, width: size?.columns)
                if let size {
                    let frame = Frame(lines, columns: size.columns, lines: size.lines)
                    try output.write(Array(frame.drawing(over: before).utf8))
                    before = frame
                } else {
                    try output.write(Array((lines.map { $0 + "\n" }.joined() + "\n").utf8))
                }
                shown = (received.samples, missing)
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func text(_ rows: [InstanceRow], _ received: (bodies: Int, samples: Int), width: Int?) -> [String] {
        let count = "\(title): \(received.samples) samples in \(received.bodies) requests (figures in MiB)"
        return [count] + (rows.isEmpty ? ["waiting for samples"] : TableRenderer(width: width).lines(rows))
    }
}

extension Timestamp {
    /// The host's clock.
    static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
}
