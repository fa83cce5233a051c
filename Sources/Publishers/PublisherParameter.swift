/// A parameter in a publisher URL's query.
public struct PublisherParameter: Sendable, Hashable {
    /// The name.
    public let name: String
    /// What it does and what it is without being given, in one line.
    public let summary: String
}

extension PublisherParameter {
    init(_ name: String, _ summary: String) {
        self.name = name
        self.summary = summary
    }
}
