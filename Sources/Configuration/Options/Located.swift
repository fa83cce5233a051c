/// A value and where it was set, for those who find out later that it is no good.
public struct Located<Value: Sendable>: Sendable {
    /// The value.
    public let value: Value
    /// Where it was set; `nil` if it is the default or comes from an environment variable.
    public let location: SourceLocation?

    /// A value that was set there.
    public init(_ value: Value, at location: SourceLocation?) {
        self.value = value
        self.location = location
    }
}

extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}
