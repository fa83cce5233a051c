import Foundation
import FoundationNetworking
import Glibc
import TestServers

/// `aerostat run` as a process, with a configuration of its own.
final class RunningAgent: Sendable {
    let folder: TemporaryFolder
    private let process: ChildProcess
    let statusPort: UInt16

    /// Starts the agent on a libvirt URI, polling every `interval` seconds, posting to `url` and to the `others`.
    init(
        uri: String, url: String, others: [String] = [], interval: Int = 1, meters: String = "\"*\"",
        settings: String = "",
        arguments: [String] = [], environment: [String: String] = [:], in folder: TemporaryFolder? = nil
    ) async throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        statusPort = try await Self.freePort()
        try Self.configure(
            folder, uri: uri, url: url, others: others, interval: interval, meters: meters,
            settings: settings + "\n[aerostat]\nstate_path = \(folder.path("state"))\n"
                + "status_listen = 127.0.0.1:\(statusPort)\n")
        process = try ChildProcess(
            try TestBed.aerostat, ["run", "--config-file", folder.path("ceilometer.conf")] + arguments,
            environment: environment, output: folder.path("out"), errors: folder.path("log"))
    }

    deinit {
        process.signal(SIGKILL)
    }

    /// Writes the three configuration files.
    static func configure(
        _ folder: TemporaryFolder, uri: String, url: String, others: [String] = [], interval: Int = 1,
        meters: String = "\"*\"",
        settings: String = ""
    ) throws {
        try folder.write(
            "polling.yaml", "sources:\n  - {name: all, interval: \(interval), meters: [\(meters)]}\n")
        let publishers = ([url] + others).map { "\"\($0)\"" }.joined(separator: ", ")
        try folder.write(
            "pipeline.yaml",
            "sources:\n  - {name: all, meters: [\"*\"], sinks: [out]}\n"
                + "sinks:\n  - {name: out, publishers: [\(publishers)]}\n")
        try folder.write(
            "ceilometer.conf",
            """
            [DEFAULT]
            host = test-host
            libvirt_uri = \(uri)
            pipeline_cfg_file = \(folder.path("pipeline.yaml"))
            [polling]
            cfg_file = \(folder.path("polling.yaml"))
            \(settings)
            """)
    }

    private static func freePort() async throws -> UInt16 {
        let receiver = try await SampleReceiver()
        await receiver.stop()
        return receiver.port
    }

    func signal(_ number: Int32) { process.signal(number) }

    var isRunning: Bool { process.isRunning }
    var identifier: pid_t { process.identifier }
    var exitStatus: Int32? { process.status }
    var log: String { get throws { try String(contentsOfFile: folder.path("log"), encoding: .utf8) } }

    /// Ends it by SIGTERM; its exit status and the seconds that it took.
    @discardableResult
    func stop() async throws -> (status: Int32, seconds: Double) {
        let began = ContinuousClock.now
        signal(SIGTERM)
        do {
            try await eventually("the agent ends", within: 15) { !process.isRunning }
        } catch {
            signal(SIGKILL)
            throw error
        }
        return (process.status ?? -1, (ContinuousClock.now - began) / .seconds(1))
    }

    /// The status page. Throws `URLError` while the agent does not answer.
    func status() async throws -> Status {
        guard let body = await LoopbackClient.get(port: statusPort, path: "/status") else {
            throw URLError(.cannotConnectToHost)
        }
        return try JSONDecoder().decode(Status.self, from: Data(body))
    }

    struct Status: Decodable {
        let healthy: Bool
        let problems: [String: String]
        let cycles: Cycles
        let last_cycle: LastCycle?
        let instances: [Instance]
        let queues: [Queue]

        struct Queue: Decodable {
            let publisher: String
            let waiting_payloads: Int
            let waiting_samples: Int
            let in_memory_payloads: Int
            let quarantined_payloads: Int
            let dropped_samples: Int
        }

        struct Cycles: Decodable {
            let polled: Int
        }

        struct LastCycle: Decodable {
            let domains: Int
            let samples: Int
            let libvirt_calls: Int
        }

        struct Instance: Decodable {
            let uuid: String
            let missing: [Missing]
        }

        struct Missing: Decodable {
            let meter: String
            let reason: String
        }
    }
}
