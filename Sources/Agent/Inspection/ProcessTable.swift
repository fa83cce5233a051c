import Glibc

/// The processes of this host, as `/proc` shows them to this user. Everything in it blocks.
enum ProcessTable {
    /// What a file of `/proc` holds; nothing if it cannot be read, as of a process that has just ended.
    static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count < 16 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The processes' numbers, in `proc`.
    static func identifiers(in proc: String = "/proc") -> [pid_t] {
        names(in: proc).compactMap { pid_t($0) }.sorted()
    }

    /// The names in a directory; none if it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    /// Where a link points; `nil` if it is none, or may not be read.
    static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a process has a file open, as far as this user may know.
    static func opens(_ path: String?, _ process: pid_t) -> Bool {
        names(in: "/proc/\(process)/fd").contains { path != nil && link("/proc/\(process)/fd/\($0)") == path }
    }

    /// Why this user does not see every process of the host; `nil` if it does.
    static func limit(in proc: String = "/proc") -> String? {
        // The inode of the first PID namespace is a constant of the kernel's interface (PROC_PID_INIT_INO).
        if let namespace = link("\(proc)/self/ns/pid"), namespace != "pid:[4026531836]" {
            return "processes outside of this container are not seen"
        }
        if text("\(proc)/1/cmdline").isEmpty, text("\(proc)/1/comm").isEmpty {
            return "processes of other users are not seen (/proc is mounted with hidepid, or the unit has ProtectProc)"
        }
        return nil
    }
}

/// A compute agent of Ceilometer that runs on this host: it publishes the same samples.
struct RunningCeilometer: Hashable {
    let process: pid_t
    /// What it was started as, in short.
    let command: String

    /// All that can be seen in `proc`.
    static func all(in proc: String = "/proc") -> [RunningCeilometer] {
        ProcessTable.identifiers(in: proc).compactMap { process in
            let arguments = ProcessTable.text("\(proc)/\(process)/cmdline").split(separator: "\0").map(String.init)
            return isCompute(arguments).map { RunningCeilometer(process: process, command: $0) }
        }
    }

    /// The name of the agent that a command line starts, if it polls instances. Its worker processes are not counted:
    /// they call themselves `ceilometer-polling: AgentManager worker(0)`.
    static func isCompute(_ arguments: [String]) -> String? {
        // setproctitle makes one text of it: "ceilometer-polling: master process [/usr/bin/ceilometer-polling --…]".
        let words = arguments.flatMap { $0.split { " []".contains($0) } }.map(String.init)
        // An interpreter and its options may come first; what comes later is somebody's argument.
        guard
            let start = words.prefix(4).firstIndex(where: { word in
                let name = word.split(separator: "/").last ?? ""
                return ["ceilometer-polling", "ceilometer-polling:", "ceilometer-agent-compute"].contains(name)
            }), words[..<start].allSatisfy({ $0.contains("python") || $0.hasPrefix("-") })
        else { return nil }
        if words[start].hasSuffix("ceilometer-agent-compute") { return "ceilometer-agent-compute" }
        if words.contains(where: { $0.hasPrefix("worker(") }) { return nil }
        var namespaces: [Substring] = []
        var isValue = false
        for word in words[(start + 1)...] {
            if word.hasPrefix("--polling-namespaces=") {
                namespaces += word.split(separator: "=", maxSplits: 1)[1...].flatMap { $0.split(separator: ",") }
                isValue = false
            } else if word == "--polling-namespaces" {
                isValue = true
            } else if word.hasPrefix("-") {
                isValue = false
            } else if isValue {
                namespaces += word.split(separator: ",")
            }
        }
        // Its default is compute and central.
        return namespaces.isEmpty || namespaces.contains("compute") ? "ceilometer-polling" : nil
    }
}
