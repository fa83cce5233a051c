/// What a publisher finds that an operator should know, and that is no outcome of a delivery.
public struct PublisherNotice: Sendable, Hashable {
    /// How much it matters.
    public enum Severity: Sendable {
        /// Worth knowing.
        case notice
        /// Something should be done about it.
        case warning
    }

    /// How much it matters.
    public let severity: Severity
    /// The publisher (`Publisher.identity`).
    public let publisher: String
    /// What it is, in one line, without secrets.
    public let text: String
}
