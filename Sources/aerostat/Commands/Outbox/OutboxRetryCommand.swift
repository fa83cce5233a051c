import ArgumentParser
import Outbox
import Threads

/// `aerostat outbox retry`
struct OutboxRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Put refused payloads back into their queues, or make the agent try at once.",
        discussion: """
            Payloads go back before all that wait in their queues. Use it once the receiver is mended. If the receiver \
            refuses them again, they are in quarantine again.

            With --now the running agent tries at once: all queues that wait for their receivers, or those that are named. \
            Without it a receiver that was down is tried within a minute, and one that refuses everything within five.

            EXAMPLES
              aerostat outbox retry 17-30
              aerostat outbox retry --now
              aerostat outbox retry --now http://collector:8080/v1/samples
              aerostat outbox retry --all --now
            """)

    @OptionGroup var state: StateOptions
    @OptionGroup var selection: RejectedSelection

    @Flag(help: "Make the running agent try at once: all queues, or those that are named.")
    var now = false

    /// With --now, what is no number is a queue.
    private var queues: [String] { now ? selection.numbers.filter { RejectedSelection.range($0) == nil } : [] }

    private var payloads: RejectedSelection {
        var payloads = selection
        payloads.numbers.removeAll(where: queues.contains)
        return payloads
    }

    func validate() throws {
        if !now || !payloads.isEmpty { try payloads.check() }
    }

    func run() async throws {
        if !payloads.isEmpty { try await putBack() }
        guard now else { return }
        let directory = try await state.directory()
        let asked = queues
        let count = try await offPool {
            Result { () throws(OutboxError) in
                guard !asked.isEmpty else { return try StoredOutbox.retryNow(nil, in: directory) }
                var count = 0
                for queue in asked { count += try StoredOutbox.retryNow(queue, in: directory) }
                return count
            }
        }.mapError { Failure(code: ExitStatus.failed, message: $0.description) }.get()
        try StandardOutput.write(Array("queues that are tried at once: \(count)\n".utf8))
    }

    private func putBack() async throws {
        let (count, queues) = try await state.read { outbox in
            guard let outbox else { throw state.nothing }
            let ids = try await payloads.ids(of: outbox)
            let queues = Set(try await outbox.rejected().filter { ids.contains($0.id) }.map(\.queue))
            try await outbox.retry(ids)
            return (ids.count, queues)
        }
        try StandardOutput.write(Array("put back: \(count)\n".utf8))
        guard let configured = await state.configuredQueues() else { return }
        for queue in queues.subtracting(configured).sorted() {
            StandardError.write(
                "aerostat: warning: \(queue) is not in pipeline.yaml: its payloads wait until it is; to send them elsewhere, "
                    + "run aerostat outbox move \(queue) NEW-QUEUE\n")
        }
    }
}
