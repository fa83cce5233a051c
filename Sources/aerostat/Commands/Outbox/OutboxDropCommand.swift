import ArgumentParser
import Outbox

/// `aerostat outbox drop`
struct OutboxDropCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Remove payloads that were refused, or all that wait in a queue, for good.")

    @OptionGroup var state: StateOptions
    @OptionGroup var selection: RejectedSelection

    @Option(help: ArgumentHelp("Remove everything that waits in this queue.", valueName: "queue"))
    var waiting: String?

    func validate() throws {
        if waiting != nil, !selection.isEmpty {
            throw ValidationError("--waiting goes without numbers and without --all")
        }
        if waiting == nil { try selection.check() }
    }

    func run() async throws {
        let result = try await state.read { outbox in
            guard let outbox else { throw state.nothing }
            guard let waiting else {
                let ids = try await selection.ids(of: outbox)
                try await outbox.drop(ids)
                return "dropped: \(ids.count)"
            }
            guard try await outbox.queues().contains(where: { $0.identity == waiting }) else {
                throw Failure(
                    code: ExitStatus.failed,
                    message: "there is no queue \(waiting); aerostat outbox list shows the queues")
            }
            return "dropped samples: \(try await outbox.dropWaiting(in: waiting))"
        }
        try StandardOutput.write(Array("\(result)\n".utf8))
    }
}
