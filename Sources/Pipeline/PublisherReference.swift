public import Configuration

/// A publisher's URL and where it stands. May hold a password.
public struct PublisherReference: Sendable, Hashable {
    /// The URL as it was written; `scheme://` where there was a scheme alone.
    public let url: String
    /// Where it stands.
    public let location: SourceLocation
}

/// Judges a publisher's URL: what is wrong with it. `others` are the URLs of the same sink's other publishers.
public typealias PublisherCheck = (_ url: String, _ location: SourceLocation, _ others: [String]) -> [Diagnostic]
