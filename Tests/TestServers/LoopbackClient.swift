import Foundation
import Glibc

/// Gets pages from a server on 127.0.0.1. Foundation's `URLSession` ends the process now and then when a request is
/// cancelled while its server dies ("task that is not in the registry").
public enum LoopbackClient {
    /// The body of an answer of status 200, which must come whole within those seconds; `nil` if it does not.
    public static func get(port: UInt16, path: String, within seconds: Int = 5) async -> [UInt8]? {
        guard let answer = await answer(port: port, path: path, within: seconds), answer.status == 200 else {
            return nil
        }
        return answer.body
    }

    /// An answer, which must come whole within those seconds; `nil` if it does not.
    public static func answer(
        port: UInt16, path: String, within seconds: Int = 5
    ) async -> (status: Int, body: [UInt8])? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: exchange(port, path, seconds)) }
        }
    }

    /// What another server answers to a request, which must come whole within those seconds; `nil` if it does not. Blocks.
    public static func forward(_ request: LoopbackRequest, to port: UInt16, within seconds: Int = 60) -> LoopbackAnswer?
    {
        let fields = request.fields.filter { !$0.lowercased().hasPrefix("connection:") } + ["Connection: close"]
        let head = ([request.line] + fields).joined(separator: "\r\n") + "\r\n\r\n"
        guard let answer = exchange(port, Array(head.utf8) + request.body, seconds), let status = status(of: answer)
        else { return nil }
        let kept = answer.fields.filter { field in
            !["connection:", "content-length:"].contains { field.lowercased().hasPrefix($0) }
        }
        return .status(status, headers: kept, body: answer.body)
    }

    private static func exchange(
        _ port: UInt16, _ path: String, _ seconds: Int
    ) -> (status: Int, body: [UInt8])? {
        let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n"
        guard let answer = exchange(port, Array(request.utf8), seconds), let status = status(of: answer) else {
            return nil
        }
        return (status, answer.body)
    }

    /// The number in `HTTP/1.1 200 OK`.
    private static func status(of answer: LoopbackRequest) -> Int? {
        answer.line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    /// An answer has the form of a request: a line, fields and a body of `Content-Length`.
    private static func exchange(_ port: UInt16, _ request: [UInt8], _ seconds: Int) -> LoopbackRequest? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout.size(ofValue: limit))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let status = withUnsafeBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            } ?? -1
        }
        guard status == 0 else { return nil }
        var rest = request[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return nil }
            rest = rest.dropFirst(count)
        }
        var reader = RequestReader(descriptor: descriptor)
        return reader.next()
    }
}
