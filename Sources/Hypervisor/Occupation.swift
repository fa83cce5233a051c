/// Why a hypervisor left out what it would have had to ask a guest's process for.
public struct Occupation: Sendable, Hashable {
    /// How long it has lasted, if the hypervisor tells.
    public let duration: Duration?

    /// An occupation that has lasted so long.
    public init(duration: Duration?) {
        self.duration = duration
    }

    /// From here on a guest's process is said not to answer.
    public static let notable = Duration.milliseconds(300)

    /// Whether somebody should hear of it, as it is more than another client's question.
    public var isNotable: Bool { duration.map { $0 >= Self.notable } ?? false }
}
