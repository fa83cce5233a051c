/// What the loopback server does with a request.
public enum LoopbackAnswer: Sendable {
    /// An ordinary answer; the connection stays open.
    case status(Int, headers: [String] = [], body: [UInt8] = [])
    /// These bytes, then the end of the connection.
    case bytes([UInt8])
    /// These bytes, then nothing until the client gives up.
    case stall([UInt8])
    /// Nothing, until the client gives up.
    case hang
    /// A TCP reset.
    case reset

    /// 200 without a body.
    public static let ok = LoopbackAnswer.status(200)

    var encoded: [UInt8] {
        switch self {
        case .status(let status, let headers, let body):
            let length = status == 204 || status == 304 ? [] : ["Content-Length: \(body.count)"]
            let head = ["HTTP/1.1 \(status) Status"] + length + headers
            return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        case .bytes(let bytes), .stall(let bytes): return bytes
        case .hang, .reset: return []
        }
    }
}
