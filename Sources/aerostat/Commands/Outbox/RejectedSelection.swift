import ArgumentParser
import Outbox

/// Which of the payloads that were put aside a command is about.
struct RejectedSelection: ParsableArguments {
    @Argument(help: ArgumentHelp("Their numbers, as aerostat outbox list shows them.", valueName: "id"))
    var numbers: [Int64] = []

    @Flag(help: "All that were put aside.")
    var all = false

    var isEmpty: Bool { numbers.isEmpty && !all }

    /// Throws `ValidationError` unless either numbers or `--all` are given.
    func check() throws {
        guard numbers.isEmpty == all else {
            throw ValidationError("expected the numbers of payloads, or --all")
        }
    }

    /// The numbers that are meant.
    func ids(of outbox: StoredOutbox) async throws(OutboxError) -> [Int64] {
        all ? try await outbox.rejected().map(\.id) : numbers
    }
}
