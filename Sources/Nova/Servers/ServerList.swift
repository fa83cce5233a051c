/// The servers of an answer, or of a few that belong together.
public struct ServerList: Sendable, Hashable {
    /// The servers that can be read; flavors and images are yet to be looked up.
    public var servers: [NovaServer] = []
    /// What is wrong with the others, in one line each; at most ten are told.
    public var malformed: [String] = []
    /// How many cannot be read.
    public var malformedCount = 0
    /// The service's clock at the first answer, in seconds since 1970; `nil` if it did not tell.
    public var serviceTime: Int64?
}
