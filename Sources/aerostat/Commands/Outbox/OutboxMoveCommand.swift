import ArgumentParser
import Outbox

/// `aerostat outbox move`
struct OutboxMoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Move a queue's payloads into another queue.",
        discussion: """
            For a publisher that is no longer in pipeline.yaml, because its URL was wrong or has changed. What waits takes \
            its place by age in the new queue. What was refused stays in quarantine, from where aerostat outbox retry \
            puts it into the new queue. A running agent notices with its next poll.

            EXAMPLES
              aerostat outbox move http://colector:9000/v1/samples http://collector:9000/v1/samples
            """)

    @OptionGroup var state: StateOptions

    @Argument(help: ArgumentHelp("The queue to empty, as aerostat outbox list shows it.", valueName: "old-queue"))
    var old: String

    @Argument(help: ArgumentHelp("The queue of a publisher in pipeline.yaml.", valueName: "new-queue"))
    var new: String

    func validate() throws {
        guard old != new else { throw ValidationError("expected two queues, and both are \(old)") }
    }

    func run() async throws {
        if let configured = await state.configuredQueues() {
            guard configured.contains(new) else {
                let known = configured.sorted().joined(separator: ", ")
                throw Failure(
                    code: ExitStatus.failed, message: "pipeline.yaml has no queue \(new); it has \(known)")
            }
            guard !configured.contains(old) else {
                throw Failure(
                    code: ExitStatus.failed,
                    message:
                        "\(old) is in pipeline.yaml, so its payloads are delivered there; remove that publisher first")
            }
        } else if state.statePath == nil {
            // A running agent may still serve the old queue, and nobody the new one.
            throw Failure(
                code: ExitStatus.failed,
                message: "pipeline.yaml cannot be used, so its queues are not known; aerostat check tells why. To move "
                    + "payloads all the same, give --state-path")
        }
        guard Self.form(old) == Self.form(new) else {
            throw Failure(
                code: ExitStatus.failed,
                message:
                    "payloads of \(old) do not fit \(new); both must be HTTP or both Gnocchi, with the same batch parameter"
            )
        }
        let moved = try await state.read { outbox in
            guard let outbox else { throw state.nothing }
            return try await outbox.move(old, to: new)
        }
        var text = "moved: \(moved.waiting) that wait, \(moved.refused) that were refused\n"
        if moved.refused > 0 { text += "to send those that were refused, run aerostat outbox retry\n" }
        try StandardOutput.write(Array(text.utf8))
    }

    /// What payloads of a queue look like: they were made for its receiver.
    static func form(_ queue: String) -> String {
        let scheme = queue.prefix { $0 != ":" }.lowercased()
        let kind = scheme.hasPrefix("gnocchi") ? "gnocchi" : scheme == "https" ? "http" : scheme
        return queue.contains("batch=false") ? "\(kind), one sample each" : kind
    }
}
