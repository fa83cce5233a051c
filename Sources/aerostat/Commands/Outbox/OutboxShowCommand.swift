import ArgumentParser
import Outbox
import Telemetry

/// `aerostat outbox show`
struct OutboxShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a refused payload, with the receiver's reason.",
        discussion: """
            With --body only its bytes are printed, as the receiver got them.
            """)

    @OptionGroup var state: StateOptions

    @Argument(help: ArgumentHelp("The number of a payload, as aerostat outbox list shows it.", valueName: "id"))
    var id: Int64

    @Flag(help: "Print the bytes of the payload and nothing else.")
    var body = false

    func run() async throws {
        let (payload, bytes) = try await state.read { outbox in
            guard let outbox else { throw state.nothing }
            return try await outbox.rejected(id)
        }
        guard !body else { return try StandardOutput.write(bytes) }
        let text = """
            id: \(payload.id)
            queue: \(payload.queue)
            refused: \(payload.at)Z
            reason: \(payload.reason)
            samples: \(payload.samples)
            from: \(payload.first)Z
            to: \(payload.last)Z
            bytes: \(bytes.count)

            """
        try StandardOutput.write(Array(text.utf8))
    }
}
