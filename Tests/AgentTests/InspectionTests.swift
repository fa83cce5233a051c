import Configuration
import Foundation
import Glibc
import Publishers
import TestServers
import Testing

@testable import Agent

/// What `check` finds of the host: the state directory, the address, and a Ceilometer that runs.
struct InspectionTests {
    private let folder: ConfigurationFolder

    init() throws {
        folder = try ConfigurationFolder([:])
    }

    private func findings(_ directory: String) -> [InspectionFinding] {
        StateInspection(directory: directory).findings()
    }

    @Test func aStateDirectoryThatServesIsNotTold() throws {
        #expect(findings(folder.path).isEmpty)
        #expect(findings(folder.file("new")).isEmpty, "run makes it")
        let trial = StateInspection(directory: folder.path).trial()
        #expect(trial == .good("written and synced"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty, "nothing is left")
        #expect(StateInspection(directory: folder.file("new")).trial().severity == .warning)
    }

    @Test func aStateDirectoryThatDoesNotServeSaysWhy() throws {
        let missing = try #require(findings(folder.file("gone/state")).first)
        #expect(missing.severity == .warning)
        #expect(missing.text.contains("neither it nor \(folder.file("gone")) exists"), "\(missing)")
        try Data().write(to: URL(filePath: folder.file("file")))
        let file = try #require(findings(folder.file("file")).first)
        #expect(file.severity == .failure && file.text.contains("it is no directory"), "\(file)")
        #expect(StateInspection(directory: folder.file("file")).trial().severity == .failure)
    }

    @Test func theHolderOfALockIsFoundWithoutTouchingIt() throws {
        let state = StateInspection(directory: folder.path)
        #expect(state.holder == nil)
        let descriptor = open(folder.file("lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(state.holder == nil)
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        #expect(state.holder == getpid())
    }

    private func socket(listening: Bool) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && (!listening || listen(descriptor, 1) == 0)
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        try #require(status)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    @Test func anAddressIsTried() throws {
        let (descriptor, port) = try socket(listening: true)
        func finding(_ host: String, _ port: UInt16, agent: Int32? = nil) -> InspectionFinding {
            AddressInspection(address: ListenAddress(host: host, port: port), agent: agent).finding()
        }
        let taken = finding("127.0.0.1", port)
        #expect(taken.severity == .failure)
        #expect(taken.text.hasPrefix("in use by process \(getpid()) ("), "\(taken)")
        #expect(finding("localhost", port).severity == .failure)
        // The agent that runs listens there itself.
        #expect(finding("127.0.0.1", port, agent: getpid()).severity == .good)
        #expect(finding("127.0.0.1", port, agent: 1).severity != .good)
        close(descriptor)
        #expect(finding("127.0.0.1", 0) == .good("free"))
        #expect(finding("collector.example.org", 0).severity == .failure)
        // An address of documentation (RFC 5737) is no host's.
        #expect(finding("192.0.2.1", 0).text.contains("address of this host"))
    }

    @Test(
        arguments: [
            (["/usr/bin/python3", "/usr/bin/ceilometer-polling", "--polling-namespaces", "compute"], true),
            (["ceilometer-polling: master process [/usr/bin/ceilometer-polling --polling-namespaces compute]"], true),
            (["/usr/bin/ceilometer-polling", "--polling-namespaces=central,compute"], true),
            (["ceilometer-polling", "--polling-namespaces", "central", "compute"], true),
            // Its default is compute and central.
            (["/usr/bin/python3", "-u", "/var/lib/kolla/venv/bin/ceilometer-polling"], true),
            (["/usr/bin/ceilometer-agent-compute"], true),
            (["/usr/bin/ceilometer-polling", "--polling-namespaces", "central"], false),
            (["ceilometer-polling: master process [ceilometer-polling --polling-namespaces ipmi --debug]"], false),
            (["ceilometer-polling: AgentManager worker(0)"], false),
            (["/usr/bin/ceilometer-agent-notification"], false),
            (["vim", "/usr/bin/ceilometer-polling"], false), (["journalctl", "-u", "ceilometer-polling"], false),
            (["grep", "ceilometer-agent-compute"], false), ([""], false), ([], false),
        ])
    func aCeilometerIsToldByItsCommandLine(arguments: [String], isCompute: Bool) {
        #expect((RunningCeilometer.isCompute(arguments) != nil) == isCompute)
    }

    @Test func allProcessesAreLookedAt() throws {
        for (process, line) in [
            ("12", "/usr/bin/ceilometer-polling\0--polling-namespaces\0compute\0"), ("7", "sh\0"), ("self", "x"),
        ] {
            try FileManager.default.createDirectory(
                atPath: folder.file(process), withIntermediateDirectories: false)
            try Data(line.utf8).write(to: URL(filePath: folder.file("\(process)/cmdline")))
        }
        try FileManager.default.createDirectory(atPath: folder.file("99"), withIntermediateDirectories: false)
        #expect(
            RunningCeilometer.all(in: folder.path) == [RunningCeilometer(process: 12, command: "ceilometer-polling")])
        // Process 1 is not to be seen there.
        #expect(ProcessTable.limit(in: folder.path)?.contains("processes of other users") == true)
    }
}
