/// The meters that can be polled.
public struct PollableMeters: Sendable, Hashable {
    /// The names that a pattern such as `*` can select.
    public let names: [String]
    /// Those that must be named in full: no pattern selects them.
    public let onRequest: [String]

    /// Meters of those names.
    public init(_ names: [String], onRequest: [String] = []) {
        self.names = names
        self.onRequest = onRequest
    }

    /// Those that a list of meters selects, in this order.
    func selected(by filter: MeterFilter) -> [String] {
        names.filter { filter.matches($0) } + onRequest.filter { filter.names($0) }
    }
}
