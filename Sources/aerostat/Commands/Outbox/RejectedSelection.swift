import ArgumentParser
import Outbox

/// Which of the payloads that were refused a command is about.
struct RejectedSelection: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Numbers of payloads, as aerostat outbox list shows them, or ranges such as 17-30.", valueName: "id"))
    var numbers: [String] = []

    @Flag(help: "Every refused payload.")
    var all = false

    var isEmpty: Bool { numbers.isEmpty && !all }

    /// Throws `ValidationError` unless either numbers or `--all` are given.
    func check() throws {
        guard numbers.isEmpty == all else {
            throw ValidationError("expected the numbers of payloads, or --all")
        }
        for number in numbers where Self.range(number) == nil {
            throw ValidationError(
                "\(number) is no number of a payload; expected one such as 17, or a range such as 17-30")
        }
    }

    /// The numbers that are meant: of a range those that there are.
    func ids(of outbox: StoredOutbox) async throws(OutboxError) -> [Int64] {
        let ranges = numbers.compactMap(Self.range)
        guard all || ranges.contains(where: { $0.count > 1 }) else { return ranges.map(\.lowerBound) }
        let there = try await outbox.rejected().map(\.id)
        guard !all else { return there }
        let singles = ranges.filter { $0.count == 1 }.map(\.lowerBound)
        return singles + there.filter { id in !singles.contains(id) && ranges.contains { $0.contains(id) } }
    }

    /// A number, or a range of them; `nil` if it is neither.
    static func range(_ text: String) -> ClosedRange<Int64>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        guard let first = parts.first ?? nil, let last = parts.last ?? nil, parts.count <= 2, first <= last else {
            return nil
        }
        return first...last
    }
}
