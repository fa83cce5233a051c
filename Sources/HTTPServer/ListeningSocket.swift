internal import Glibc

/// A socket that listens, and closes with its last reference.
final class ListeningSocket: Sendable {
    let descriptor: Int32

    /// Listens at a port of an IP address. The kernel drops data that a client
    /// has not taken for `patience` seconds.
    init(ip: String, port: UInt16, patience: Int) throws(HTTPServerError) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, ip, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            descriptor = try Self.listen(AF_INET, &v4, patience)
        } else if inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            descriptor = try Self.listen(AF_INET6, &v6, patience)
        } else {
            throw .notAnIPAddress(ip)
        }
    }

    deinit { close(descriptor) }

    private static func listen<Address>(
        _ family: Int32, _ address: inout Address, _ patience: Int
    ) throws(HTTPServerError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw .cannotListen(errno) }
        // A port may be listened at again while connections of its last listener linger.
        set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        // Connections inherit these. Otherwise the kernel keeps megabytes for a client that takes nothing, even for minutes
        // after its connection was closed.
        set(descriptor, SOL_SOCKET, SO_SNDBUF, 256 * 1024)
        set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Int32(clamping: patience * 1000))
        let status = withUnsafeBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            } ?? -1
        }
        guard status == 0, Glibc.listen(descriptor, 511) == 0 else {
            let code = errno
            close(descriptor)
            throw .cannotListen(code)
        }
        return descriptor
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout.size(ofValue: value)))
    }

    /// The port, which the system may have chosen.
    var port: UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout.size(ofValue: storage))
        return withUnsafeMutableBytes(of: &storage) { bytes in
            guard let start = bytes.baseAddress,
                getsockname(descriptor, start.assumingMemoryBound(to: sockaddr.self), &length) == 0
            else { return 0 }
            // sin_port and sin6_port lie at the same place.
            return UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
    }

    /// Ends listening; the port is free. The descriptor goes on to exist, as a thread may be using it.
    func stopListening() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// Why a server cannot be had.
public enum HTTPServerError: Error, CustomStringConvertible {
    /// Names are not looked up.
    case notAnIPAddress(String)
    /// The system refuses the address, with that `errno`.
    case cannotListen(Int32)
    /// The system refuses what a server needs besides: descriptors, memory, a thread.
    case cannotStart

    /// The reason in a few words.
    public var description: String {
        switch self {
        case .notAnIPAddress(let text): "\(text) is no IP address"
        case .cannotListen(let code): String(cString: strerror(code))
        case .cannotStart: "no descriptor, memory or thread is left"
        }
    }
}
