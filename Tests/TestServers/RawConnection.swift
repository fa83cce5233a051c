import Foundation
import Glibc

/// A TCP connection to loopback, for requests that no client would send. Its calls block, each for some seconds at most.
public final class RawConnection: Sendable {
    private let descriptor: Int32

    /// Connects; `receiveBuffer`: so many bytes wait on this side, before the server must.
    public init(ip: String = "127.0.0.1", port: UInt16, within seconds: Int = 20, receiveBuffer: Int32? = nil) throws {
        let isIPv6 = ip.contains(":")
        descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout.size(ofValue: limit))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var v4 = sockaddr_in()
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_port = port.bigEndian
        var v6 = sockaddr_in6()
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        let isAddress = isIPv6 ? inet_pton(AF_INET6, ip, &v6.sin6_addr) : inet_pton(AF_INET, ip, &v4.sin_addr)
        let status = isIPv6 ? Self.connect(descriptor, &v6) : Self.connect(descriptor, &v4)
        guard isAddress == 1, status == 0 else {
            let code = POSIXErrorCode(rawValue: errno) ?? .EIO
            Glibc.close(descriptor)
            throw POSIXError(code)
        }
    }

    deinit { Glibc.close(descriptor) }

    private static func connect<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
        withUnsafeBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                Glibc.connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            } ?? -1
        }
    }

    /// Sends all of it; false if the other side takes no more.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Sends text.
    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Tells the other side that nothing more is sent.
    public func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes next, so many bytes at most; empty at the end, `nil` if nothing comes in time.
    public func receive(upTo count: Int = 65_536) -> [UInt8]? {
        var isTooLate = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            let received = recv(descriptor, room.baseAddress, count, 0)
            isTooLate = received < 0 && errno == EAGAIN
            filled = max(0, received)
        }
        return isTooLate ? nil : bytes
    }

    /// All that comes until the other side closes, or nothing comes in time: then it ends with `…`.
    public func text() -> String {
        var bytes: [UInt8] = []
        while let more = receive() {
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self) + "…"
    }

    /// What a server answers to bytes, until it closes the connection, on a thread of its own.
    public static func answer(
        ip: String = "127.0.0.1", port: UInt16, _ request: [UInt8], within seconds: Int = 20
    ) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let connection = try RawConnection(ip: ip, port: port, within: seconds)
                        connection.send(request)
                        return connection.text()
                    })
            }
        }
    }

    /// What a server answers to text.
    public static func answer(
        ip: String = "127.0.0.1", port: UInt16, _ request: String, within seconds: Int = 20
    ) async throws -> String {
        try await answer(ip: ip, port: port, Array(request.utf8), within: seconds)
    }
}
