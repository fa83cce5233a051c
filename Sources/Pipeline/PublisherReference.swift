public import Configuration

/// A publisher's URL and where it stands. May hold a password.
public struct PublisherReference: Sendable, Hashable {
    /// The URL as it was written; `scheme://` where there was a scheme alone.
    public let url: String
    /// Where it stands.
    public let location: SourceLocation
}

/// Judges a publisher's URL: what is wrong with it.
public typealias PublisherCheck = (_ url: String, _ location: SourceLocation) -> [Diagnostic]
