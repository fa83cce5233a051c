import Foundation
import Glibc

/// A socket that listens on loopback.
struct ListeningSocket {
    let descriptor: Int32
    let port: Int

    /// At a port, or one of the system's choice; bound to it, but deaf, if it is not to listen.
    init(unixSocket: String? = nil, port wanted: Int = 0, isListening: Bool = true) throws {
        let isUnix = unixSocket != nil
        descriptor = socket(isUnix ? AF_UNIX : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // A port may be listened at again while connections of its last listener linger, and beside a `ReservedPort`.
        var yes: Int32 = 1
        try Self.check(
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout.size(ofValue: yes))))
        if let unixSocket {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: unixSocket.utf8.prefix(107)) }
            try Self.bind(descriptor, &address)
            port = 0
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = in_port_t(wanted).bigEndian
            try Self.bind(descriptor, &address)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            try withUnsafeMutableBytes(of: &address) { bytes in
                guard let start = bytes.baseAddress else { return }
                try Self.check(getsockname(descriptor, start.assumingMemoryBound(to: sockaddr.self), &length))
            }
            port = Int(UInt16(bigEndian: address.sin_port))
        }
        if isListening { try Self.check(listen(descriptor, 512)) }
    }

    /// Ports on which nobody listens, each another; somebody may take them at any time, though the system hands them out
    /// again late.
    static func freePorts(_ count: Int) throws -> [Int] {
        var sockets: [ListeningSocket] = []
        defer { for socket in sockets { close(socket.descriptor) } }
        for _ in 0..<count { sockets.append(try ListeningSocket()) }
        return sockets.map(\.port)
    }

    private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) throws {
        let status = withUnsafeBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                Glibc.bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            } ?? -1
        }
        try check(status)
    }

    private static func check(_ status: Int32) throws {
        if status != 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }
}

/// A port of 127.0.0.1 on which nobody listens.
public func freePort() throws -> Int {
    try ListeningSocket.freePorts(1)[0]
}
