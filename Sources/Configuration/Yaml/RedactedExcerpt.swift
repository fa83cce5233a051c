extension String {
    /// This text for a message, with nothing of a URL behind its scheme: whoever writes a publisher's URL in the wrong
    /// place must not find its password in the log.
    public var redactedExcerpt: String {
        guard let range = firstRange(of: "://") else { return excerpt }
        return "\(self[..<range.upperBound])…".excerpt
    }
}
