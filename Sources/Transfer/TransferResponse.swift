/// A server's answer.
public struct TransferResponse: Sendable, Hashable {
    /// The status code (RFC 9110, section 15).
    public let status: Int
    /// The header's fields in their order.
    public let headers: [TransferHeader]
    /// The body's beginning, as much as the request wanted to keep.
    public let body: [UInt8]
    /// Whether the body was longer than what was kept.
    public let isTruncated: Bool

    /// An answer of those parts.
    public init(status: Int, headers: [TransferHeader] = [], body: [UInt8] = [], isTruncated: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isTruncated = isTruncated
    }

    /// The value of the first field of that name, in whatever case it is written.
    public func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }
}
