import ArgumentParser
import Outbox

/// `aerostat outbox retry`
struct OutboxRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Put payloads back into their queues, before all that wait there.",
        discussion: "For when the receiver has been mended. If it refuses them again, they are put aside again.")

    @OptionGroup var state: StateOptions
    @OptionGroup var selection: RejectedSelection

    func validate() throws {
        try selection.check()
    }

    func run() async throws {
        let count = try await state.read { outbox in
            guard let outbox else { throw state.nothing }
            let ids = try await selection.ids(of: outbox)
            try await outbox.retry(ids)
            return ids.count
        }
        try StandardOutput.write(Array("put back: \(count)\n".utf8))
    }
}
