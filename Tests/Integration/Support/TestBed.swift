import Foundation

/// The real guests that Tests/run.sh has started, or a bed of a test's own.
struct TestBed: Sendable {
    private let script: String
    private let state: String
    private let cache: String
    /// A library that is preloaded into libvirtd.
    private var preload: String?

    /// The aerostat command that was built.
    static var aerostat: String { get throws { try variable("AEROSTAT_BINARY") } }

    private static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw CommandError(
                description: "\(name) is not set: run these tests by Tests/run.sh, which starts the guests")
        }
        return value
    }

    /// The guests that all tests share. A test changes none but those that it defines or that are named after it.
    static func shared() throws -> TestBed {
        TestBed(
            script: try variable("AEROSTAT_TEST_BED") + "/guests.sh", state: try variable("AEROSTAT_TEST_GUESTS"),
            cache: try variable("GUESTS_CACHE"))
    }

    /// A libvirtd with guests of a test's own, and so many plain ones, for faults. Ended by `down`.
    static func own(_ guests: [String], plain: Int = 0, preload: String? = nil) async throws -> TestBed {
        // Short: unix sockets live in it.
        let state = "/tmp/aero-\(UInt32.random(in: 0...UInt32.max))"
        var bed = TestBed(
            script: try variable("AEROSTAT_TEST_BED") + "/guests.sh", state: state, cache: try variable("GUESTS_CACHE"))
        bed.preload = preload
        do {
            try await bed.call(["up", "\(plain)", "--only", guests.joined(separator: ",")], within: 240)
        } catch {
            try await bed.down()
            throw error
        }
        return bed
    }

    func isSame(_ other: TestBed) -> Bool { state == other.state }

    func down() async throws { try await call(["down"], within: 90) }

    /// One command of guests.sh; its output.
    @discardableResult
    func call(_ arguments: [String], within seconds: Double = 60) async throws -> String {
        let result = try await result(of: arguments, within: seconds)
        guard result.status == 0 else {
            throw CommandError(
                description: "guests.sh \(arguments.joined(separator: " ")): status \(result.status): \(result.errors)")
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// One command of guests.sh, whatever comes of it.
    func result(of arguments: [String], within seconds: Double = 60) async throws -> Finished {
        var environment = ["GUESTS_STATE": state, "GUESTS_CACHE": cache]
        environment["GUESTS_PRELOAD"] = preload
        return try await run(script, arguments, environment: environment, within: seconds)
    }

    @discardableResult
    func virsh(_ arguments: String...) async throws -> String { try await call(["virsh"] + arguments) }

    func uri() async throws -> String { try await call(["uri"]) }
    func uuid(_ guest: String) async throws -> String { try await call(["uuid", guest]) }
    func name(_ guest: String) async throws -> String { try await call(["name", guest]) }

    /// What libvirtd has to say against its clients and guests.
    func daemonLog() throws -> [String] {
        try String(contentsOfFile: state + "/log/libvirtd.log", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// What a guest told of its memory on its serial console, latest last, each as total less available, in KiB.
    func usage(_ guest: String, lines: Int) async throws -> [Int] {
        try await call(["meminfo", guest, "\(lines)"]).split(separator: "\n").compactMap { line in
            func field(_ name: String) -> Int? {
                line.split(separator: " ").first { $0.hasPrefix("\(name):") }.flatMap {
                    Int($0.dropFirst(name.count + 1))
                }
            }
            guard let total = field("MemTotal"), let available = field("MemAvailable") else { return nil }
            return total - available
        }
    }

    /// Boots a guest anew whose balloon driver has gone silent, by libvirt's own account, and prints what that has to say.
    /// Such a guest is no fault of the agent's, and was seen once in some dozen runs of twenty minutes.
    func ensureReports(_ guest: String) async throws {
        let figures = try await virsh("dommemstat", try await uuid(guest))
        let last = figures.split(separator: "\n").compactMap { line -> Int? in
            let fields = line.split(separator: " ")
            return fields.first == "last_update" ? fields.last.flatMap { Int($0) } : nil
        }
        let now = Int(Date().timeIntervalSince1970)
        if let last = last.first, now - last < 30 { return }
        print("GUEST \(guest) reports no more at \(now): \(figures)")
        do { print(try await call(["meminfo", guest, "2"])) } catch { print("its console: \(error)") }
        try await call(["stop", guest])
        try await call(["start", guest], within: 200)
    }

    /// VmRSS of a guest's QEMU process, in KiB.
    func residentKiB(_ guest: String) async throws -> Int {
        let pid = try await call(["pid", guest])
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let value = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { throw CommandError(description: "/proc/\(pid)/status has no VmRSS") }
        return value
    }
}
