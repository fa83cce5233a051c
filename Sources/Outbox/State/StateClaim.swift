import FoundationEssentials
import Glibc
import Threads

/// Keeps a second agent from a state path, also after the directory was removed, renamed or replaced beneath the first, and
/// takes an operator's requests.
///
/// It is a listening socket in Linux's abstract namespace, which leaves no file and ends with the process. Its name comes from
/// the directory's parent and its own name, so that equal paths of two containers differ. A name that another
/// user has taken is no claim. Everything blocks.
final class StateClaim: Sendable {
    private let descriptor: Int32
    private let isServed = Once()
    private let isReleased = Once()

    /// Takes a path. Throws `OutboxError` if another agent has it. Where there are no such sockets, the lock alone holds.
    static func take(_ directory: String) throws(OutboxError) -> StateClaim {
        // An agent of this process that has just ended may not have given it up yet.
        for attempt in 0..<50 {
            // The kernel tells nobody when an abstract name becomes free.
            if attempt > 0 { usleep(20_000) }
            let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard file >= 0, var address = Address(directory) else { return StateClaim(-1) }
            if address.bind(file) == 0, listen(file, 16) == 0 { return StateClaim(file) }
            close(file)
            guard let peer = connect(to: directory) else { continue }
            defer { close(peer) }
            guard let holder = Peer(peer), holder.isOurs else { return StateClaim(-1) }
            throw OutboxError(
                .inUse,
                "\(directory) is in use by another agent (process \(holder.process)); give this one a state_path of its "
                    + "own, or end the other")
        }
        return StateClaim(-1)
    }

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Gives the path up.
    func release() {
        guard descriptor >= 0, isReleased.take() else { return }
        // The thread that accepts closes it then.
        shutdown(descriptor, Int32(SHUT_RDWR))
        if isServed.take() { close(descriptor) }
    }

    deinit { release() }

    /// Answers requests of one line on a thread of its own; `nil` is an error.
    func serve(_ answer: @escaping @Sendable (String) async -> String?) {
        guard descriptor >= 0, isServed.take() else { return }
        let listener = descriptor
        startThread(named: "control") {
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 {
                    // No descriptors: they may come back.
                    if [EMFILE, ENFILE, ENOMEM, ENOBUFS, EINTR, ECONNABORTED].contains(errno) {
                        usleep(100_000)
                        continue
                    }
                    break
                }
                // Before anything else: any user may connect, and say nothing.
                guard Peer(client)?.isOurs == true else {
                    close(client)
                    continue
                }
                var limit = timeval(tv_sec: 1, tv_usec: 0)
                setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(client, &buffer, buffer.count, 0)
                guard count > 0 else {
                    close(client)
                    continue
                }
                let request = String(decoding: buffer.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
                Task {
                    let reply = (await answer(request) ?? "error") + "\n"
                    _ = reply.withCString { send(client, $0, strlen($0), Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
                    close(client)
                }
            }
            close(listener)
        }
    }

    /// Asks the agent that has a state directory. Throws `OutboxError` if there is none, if it does not listen to this user,
    /// or if it does not answer within two seconds.
    static func ask(_ directory: String, _ request: String) throws(OutboxError) -> String {
        guard let server = connect(to: directory) else {
            // Another user's agent may run out of sight, as in a network namespace of its own.
            if let problem = StateAccess.problem(with: directory) { throw OutboxError(.unusable, problem) }
            throw OutboxError(
                .unusable, "no agent answers for \(directory); an agent tries every queue when it starts")
        }
        defer { close(server) }
        guard let peer = Peer(server), peer.user == geteuid() || geteuid() == 0 else {
            throw OutboxError(
                .unusable,
                "the agent of \(directory) listens to its own user and root alone; \(StateAccess.remedy(for: directory))"
            )
        }
        let silence = OutboxError(
            .unusable, "the agent of \(directory) (process \(peer.process)) does not answer; look at its log")
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let line = request + "\n"
        guard line.withCString({ send(server, $0, strlen($0), Int32(MSG_NOSIGNAL)) }) == line.utf8.count else {
            throw silence
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(server, &buffer, buffer.count, 0)
        guard count > 0 else { throw silence }
        return String(decoding: buffer.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static func connect(to directory: String) -> Int32? {
        guard var address = Address(directory) else { return nil }
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { return nil }
        guard address.connect(file) == 0 else {
            close(file)
            return nil
        }
        return file
    }
}

extension StateClaim {
    /// The socket's name.
    private struct Address {
        private var address = sockaddr_un()
        private let length: socklen_t

        /// `nil` if the parent directory cannot be looked at.
        init?(_ directory: String) {
            // Not what a link there leads to: that may be another directory later.
            let path = URL(filePath: directory)
            var parent = stat()
            guard stat(path.deletingLastPathComponent().path, &parent) == 0 else { return nil }
            // FNV-1a: names are short, and a clash costs no more than a refusal that names the other process.
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in path.lastPathComponent.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            let name = "aerostat/state/\(parent.st_dev)/\(parent.st_ino)/\(String(hash, radix: 16))"
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { space in
                for (index, byte) in name.utf8.enumerated() where index + 1 < space.count { space[index + 1] = byte }
            }
            length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
        }

        mutating func bind(_ file: Int32) -> Int32 {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(file, $0, length) }
            }
        }

        mutating func connect(_ file: Int32) -> Int32 {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(file, $0, length) }
            }
        }
    }

    /// The process at the other end of a connection.
    private struct Peer {
        let process: Int32
        let user: UInt32

        init?(_ file: Int32) {
            // struct ucred: process, user, group.
            var credentials: [Int32] = [0, 0, 0]
            var size = socklen_t(12)
            guard getsockopt(file, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, size == 12 else { return nil }
            process = credentials[0]
            user = UInt32(bitPattern: credentials[1])
        }

        /// Whether it belongs to our user, or to root.
        var isOurs: Bool { user == geteuid() || user == 0 }
    }
}
