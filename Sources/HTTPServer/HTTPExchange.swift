/// A request, as a handler sees it: GET or HEAD, without a body.
public struct HTTPRequest: Sendable {
    /// The path, without a query, decoded.
    public let path: String
}

/// An answer.
public struct HTTPResponse: Sendable {
    /// The status, such as 200.
    public let status: Int
    /// The value of `Content-Type`.
    public let contentType: String
    /// Further fields of the head.
    public let fields: [(name: String, value: String)]
    /// The body, in parts that follow each other. Clients share them without a copy.
    public let body: [[UInt8]]

    /// An answer whose body is made of parts.
    public init(
        status: Int = 200, contentType: String, fields: [(name: String, value: String)] = [], body: [[UInt8]]
    ) {
        self.status = status
        self.contentType = contentType
        self.fields = fields
        self.body = body
    }

    /// An answer in plain text.
    public static func text(
        _ text: String, status: Int = 200, fields: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        HTTPResponse(
            status: status, contentType: "text/plain; charset=utf-8", fields: fields, body: [Array(text.utf8)])
    }
}

/// The answer to GET or HEAD at a path.
public typealias HTTPHandler = @Sendable (HTTPRequest) -> HTTPResponse
