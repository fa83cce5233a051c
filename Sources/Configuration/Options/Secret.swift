/// A value that no log, error, dump or status page may show. Whoever needs it asks for `value`.
public struct Secret: Sendable, Hashable {
    /// The text itself.
    public let value: String

    /// A secret of that text.
    public init(_ value: String) {
        self.value = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `***`.
    public var description: String { "***" }
    /// `***`.
    public var debugDescription: String { description }
    /// No children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
