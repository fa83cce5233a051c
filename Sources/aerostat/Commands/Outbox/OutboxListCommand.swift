import Agent
import ArgumentParser
import Outbox
import Publishers
import Telemetry

/// `aerostat outbox list`
struct OutboxListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the queues, and the payloads that were refused.",
        discussion: """
            Of each queue: how many payloads and samples wait, what they take on disk (compressed), how old the oldest \
            sample is, how many payloads were refused, and whether pipeline.yaml has its publisher. Payloads that the agent \
            holds in memory, as its disk takes none, are not counted; the status page shows them. Of each refused \
            payload: its number, when it was refused, the time of its samples, and the receiver's reason. Figures are \
            exact with --format json.
            """)

    /// How the list is printed.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case table
        case json
    }

    @OptionGroup var state: StateOptions

    @Option(help: "How to print.")
    var format = Format.table

    func run() async throws {
        let (queues, rejected) = try await state.read { outbox in
            guard let outbox else {
                StandardError.write("aerostat: no agent has kept anything in \(try await state.directory()) yet\n")
                return ([StoredOutbox.Queue](), [StoredOutbox.Rejected]())
            }
            return (try await outbox.queues(), try await outbox.rejected())
        }
        let configured = await state.configuredQueues()
        switch format {
        case .table: try StandardOutput.write(Array(Self.table(queues, rejected, configured).utf8))
        case .json: try StandardOutput.write(Self.json(queues, rejected, configured))
        }
    }

    private static func table(
        _ queues: [StoredOutbox.Queue], _ rejected: [StoredOutbox.Rejected], _ configured: Set<String>?
    ) -> String {
        guard !queues.isEmpty else { return "nothing waits, and nothing was refused\n" }
        let now = WallClock.now
        var text = TextTable(
            ["PAYLOADS", "SAMPLES", "SIZE", "OLDEST", "REFUSED", "IN PIPELINE.YAML", "QUEUE"],
            queues.map { queue in
                [
                    "\(queue.payloads)", "\(queue.samples)", PlainFigure.bytes(queue.bytes),
                    queue.oldest.map { age($0, now) } ?? "-",
                    "\(queue.quarantined)", configured.map { $0.contains(queue.identity) ? "yes" : "no" } ?? "unknown",
                    queue.identity,
                ]
            }, numbers: [0, 1, 2, 4]
        ).text
        if !rejected.isEmpty {
            text += "\n"
            text +=
                TextTable(
                    ["ID", "REFUSED AT", "SAMPLES", "FROM", "TO", "QUEUE", "REASON"],
                    rejected.map { payload in
                        [
                            "\(payload.id)", "\(payload.at)Z", "\(payload.samples)", "\(payload.first)Z",
                            "\(payload.last)Z", payload.queue, payload.reason,
                        ]
                    }, numbers: [0, 2]
                ).text
        }
        return text
    }

    /// How long ago that was.
    private static func age(_ moment: Timestamp, _ now: Timestamp) -> String {
        let seconds = Double(now.microseconds - moment.microseconds) / 1_000_000
        return seconds < 0 ? "in the future" : PlainFigure.duration(seconds: seconds)
    }

    private static func json(
        _ queues: [StoredOutbox.Queue], _ rejected: [StoredOutbox.Rejected], _ configured: Set<String>?
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(
            .object([
                .init(
                    "queues",
                    .array(
                        queues.map { queue in
                            .object([
                                .init("queue", .string(queue.identity)),
                                .init(
                                    "configured", configured.map { .bool($0.contains(queue.identity)) } ?? .null),
                                .init("payloads", .integer(Int64(queue.payloads))),
                                .init("samples", .integer(Int64(queue.samples))),
                                .init("bytes", .integer(Int64(queue.bytes))),
                                .init("oldest", .text(queue.oldest.map { "\($0)Z" })),
                                .init("quarantined_payloads", .integer(Int64(queue.quarantined))),
                                .init("quarantined_samples", .integer(Int64(queue.quarantinedSamples))),
                            ])
                        })),
                .init("quarantine", .array(rejected.map(\.json))),
            ]))
        writer.raw("\n")
        return writer.bytes
    }
}

extension StoredOutbox.Rejected {
    fileprivate var json: MetadataValue {
        .object([
            .init("id", .integer(id)), .init("queue", .string(queue)), .init("at", .string("\(at)Z")),
            .init("reason", .string(reason)), .init("samples", .integer(Int64(samples))),
            .init("first", .string("\(first)Z")), .init("last", .string("\(last)Z")),
        ])
    }
}
