/// A request as the loopback server got it.
public struct LoopbackRequest: Sendable, Hashable {
    /// `POST /path?query HTTP/1.1`
    public let line: String
    /// The fields as sent, `Name: value`.
    public let fields: [String]
    /// The body.
    public let body: [UInt8]

    /// The value of the first field of that name, in whatever case.
    public func header(_ name: String) -> String? {
        let start = name.lowercased() + ":"
        guard let field = fields.first(where: { $0.lowercased().hasPrefix(start) }) else { return nil }
        return String(field.dropFirst(start.count).drop { $0 == " " })
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
