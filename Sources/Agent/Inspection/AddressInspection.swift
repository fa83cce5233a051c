import Configuration
import Glibc
import Publishers

/// Whether the status page's address can be listened at. Blocks.
struct AddressInspection {
    let address: ListenAddress
    /// The agent that runs already, with the same state directory: the address may well be its own.
    let agent: pid_t?

    func finding() -> InspectionFinding {
        let host = address.host == "localhost" ? "127.0.0.1" : address.host
        let isSix = host.contains(":")
        let descriptor = socket(
            isSix ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return failure(errno, "check the limits of this process") }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        if isSix { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, socklen_t(MemoryLayout<Int32>.size)) }
        guard let code = bind(descriptor, host, isSix) else {
            return InspectionFinding(
                .failure, "\(address.host) is no IP address; set [aerostat] status_listen to one such as 127.0.0.1")
        }
        if code == 0, listen(descriptor, 1) == 0 { return .good("free") }
        switch code == 0 ? errno : code {
        case EADDRINUSE: return inUse()
        case EADDRNOTAVAIL:
            return failure(EADDRNOTAVAIL, "set [aerostat] status_listen to an address of this host, such as 127.0.0.1")
        case EACCES: return failure(EACCES, "choose a port from 1024 on")
        case let other: return failure(other, "choose another address")
        }
    }

    /// The `errno` of `bind`, or 0; `nil` if the host is no address.
    private func bind(_ descriptor: Int32, _ host: String, _ isSix: Bool) -> Int32? {
        func bound<Address>(_ value: inout Address) -> Int32 {
            withUnsafePointer(to: &value) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0 ? 0 : errno
                }
            }
        }
        if isSix {
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = address.port.bigEndian
            guard inet_pton(AF_INET6, host, &value.sin6_addr) == 1 else { return nil }
            return bound(&value)
        }
        var value = sockaddr_in()
        value.sin_family = sa_family_t(AF_INET)
        value.sin_port = address.port.bigEndian
        guard inet_pton(AF_INET, host, &value.sin_addr) == 1 else { return nil }
        return bound(&value)
    }

    private func inUse() -> InspectionFinding {
        let holders = Self.holders(of: address.port)
        if let agent {
            if holders.contains(agent) { return .good("in use by the agent that runs (process \(agent))") }
            // Of a process of another user it is not known what it holds.
            if holders.isEmpty {
                return InspectionFinding(
                    .warning, "in use, probably by the agent that runs (process \(agent)); as root, this check can tell"
                )
            }
        }
        guard let process = holders.first else {
            return InspectionFinding(
                .failure,
                "in use by a process of another user; run this as root to see which, or choose another address in "
                    + "[aerostat] status_listen")
        }
        let name = ProcessTable.text("/proc/\(process)/comm").filter { $0 != "\n" }
        return InspectionFinding(
            .failure,
            "in use by process \(process) (\(name)); stop that process, or choose another address in [aerostat] status_listen"
        )
    }

    private func failure(_ code: Int32, _ remedy: String) -> InspectionFinding {
        InspectionFinding(.failure, "\(SystemWords.of(code)); \(remedy)")
    }

    /// The processes that listen at a TCP port, as far as this user may know them.
    private static func holders(of port: UInt16) -> [pid_t] {
        var sockets: Set<String> = []
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let wanted = ":" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in ProcessTable.text(table).split(separator: "\n").dropFirst() {
                // sl local_address rem_address st … inode; 0A is LISTEN.
                let words = line.split(separator: " ")
                if words.count > 9, words[1].hasSuffix(wanted), words[3] == "0A" {
                    sockets.insert("socket:[\(words[9])]")
                }
            }
        }
        guard !sockets.isEmpty else { return [] }
        return ProcessTable.identifiers().filter { process in
            ProcessTable.names(in: "/proc/\(process)/fd").contains { name in
                ProcessTable.link("/proc/\(process)/fd/\(name)").map(sockets.contains) ?? false
            }
        }
    }
}
