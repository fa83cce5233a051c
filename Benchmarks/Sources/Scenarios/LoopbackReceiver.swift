import Glibc
import Synchronization

/// A server on loopback that says 202 to whatever is posted and 200 to everything else, and reads no more of it than
/// it must. It lives as long as the process.
final class LoopbackReceiver: Sendable {
    let port: UInt16
    private let received = Atomic<Int>(0)

    /// How many bytes of bodies have come.
    var bytes: Int { received.load(ordering: .relaxed) }

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 16) == 0
                    ? getsockname(listener, address, &length) : -1
            }
        }
        guard status == 0 else { throw Failure("no socket on loopback: \(String(cString: strerror(errno)))") }
        port = UInt16(bigEndian: address.sin_port)
        onThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                onThread { [self] in serve(connection) }
            }
        }
    }

    /// Answers the requests of a connection until it ends.
    private func serve(_ connection: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var head: [UInt8] = []
        while case let count = recv(connection, &buffer, buffer.count, 0), count > 0 {
            head += buffer[..<count]
            let end = Array("\r\n\r\n".utf8)
            guard let start = head.indices.first(where: { head[$0...].starts(with: end) }) else { continue }
            let text = String(decoding: head[..<start], as: UTF8.self).lowercased()
            let length =
                text.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
            if text.contains("expect: 100-continue") { say("HTTP/1.1 100 Continue\r\n\r\n", connection) }
            var missing = length - (head.count - start - end.count)
            while missing > 0, case let count = recv(connection, &buffer, min(buffer.count, missing), 0), count > 0 {
                missing -= count
            }
            guard missing <= 0 else { break }
            received.add(length, ordering: .relaxed)
            say(
                "HTTP/1.1 \(text.hasPrefix("post") ? 202 : 200) OK\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 2\r\n\r\n{}", connection)
            head = []
        }
        close(connection)
    }

    private func say(_ text: String, _ connection: Int32) {
        _ = Array(text.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}

/// Runs what blocks on a thread of its own.
private func onThread(_ body: @escaping @Sendable () -> Void) {
    final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(body))
    let status = pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, work.toOpaque())
    precondition(status == 0, "no thread")
    pthread_detach(thread)
}
