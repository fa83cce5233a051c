import Glibc

/// Reads requests off a connection, one after the other.
struct RequestReader {
    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The next whole request; `nil` at the connection's end.
    mutating func next() -> LoopbackRequest? {
        var head: Int?
        while true {
            head = endOfHead()
            if head != nil || !fill() { break }
        }
        guard let head else { return nil }
        let lines = String(decoding: buffer[..<head], as: UTF8.self).split(separator: "\r\n").map(String.init)
        buffer.removeFirst(head + 4)
        let request = LoopbackRequest(line: lines.first ?? "", fields: Array(lines.dropFirst()), body: [])
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        while buffer.count < length { if !fill() { return nil } }
        let body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return LoopbackRequest(line: request.line, fields: request.fields, body: body)
    }

    /// Reads and forgets until the client ends the connection.
    mutating func drain() {
        while fill() { buffer = [] }
    }

    private func endOfHead() -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (0...(buffer.count - 4)).first { buffer[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }
    }

    private mutating func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 { buffer += chunk[..<count] }
        return count > 0
    }
}
