/// Why the outbox cannot be used.
public struct OutboxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable, Hashable {
        /// Another agent has the state directory.
        case inUse
        /// The state directory cannot be used.
        case unusable
        /// There is no such payload.
        case unknown
    }

    /// The kind of failure.
    public let code: Code
    /// The path, what is wrong, and what the operator can do; one line.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
