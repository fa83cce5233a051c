import Foundation
import Glibc
import TestServers
import Testing

/// What `check` says of a host: nothing is well that it could not look at.
@Suite struct CheckCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
    }

    private func configure(state: String = "state", url: String = "test://", _ more: String = "") throws {
        try RunningAgent.configure(
            folder, uri: "test:///default", url: url,
            settings: "[aerostat]\nstate_path = \(state.hasPrefix("/") ? state : folder.path(state))\n\(more)")
    }

    private func check(_ arguments: String...) async throws -> Finished {
        try await run(try TestBed.aerostat, ["check", "--config-file", folder.path("ceilometer.conf")] + arguments)
    }

    /// The command as a user to whom nothing belongs, with a home of root's, as `runuser` leaves it.
    private func asNobody(_ arguments: [String], environment: [String: String] = [:]) async throws -> Finished {
        // The build may be in a directory that nobody else may search.
        if !FileManager.default.fileExists(atPath: folder.path("aerostat")) {
            try FileManager.default.copyItem(atPath: try TestBed.aerostat, toPath: folder.path("aerostat"))
            try #require(chmod(folder.path("aerostat"), 0o755) == 0)
        }
        return try await run(
            "/usr/bin/setpriv",
            ["--reuid", "65534", "--regid", "65534", "--clear-groups", folder.path("aerostat")] + arguments,
            environment: ["HOME": "/root"].merging(environment) { $1 })
    }

    private static let isRoot = geteuid() == 0

    @Test(.enabled(if: isRoot, "only root can be somebody else")) func whatMayNotBeReadIsNotTakenForMissing()
        async throws
    {
        try configure()
        let mine = try await asNobody(["check", "--config-file", folder.path("ceilometer.conf")])
        // The folder is root's: nobody may make a state directory in it.
        #expect(mine.status == 1)
        #expect(
            mine.errors.contains("it does not exist, and user nobody may not make it in \(folder.path)"),
            "\(mine.errors)")
        #expect(mine.errors.contains("install -d -o nobody -g nobody -m 0700 \(folder.path("state"))"))
        #expect(mine.output.contains("outbox: unknown"))

        try FileManager.default.createDirectory(atPath: folder.path("state"), withIntermediateDirectories: false)
        for mode in [0o700, 0o777] as [mode_t] {
            try #require(chmod(folder.path("state"), mode) == 0)
            let others = try await asNobody(["check", "--config-file", folder.path("ceilometer.conf")])
            #expect(others.status == 1)
            #expect(others.errors.contains("ceilometer.conf:"), "its place: \(others.errors)")
            #expect(others.errors.contains("it belongs to user root"), "\(others.errors)")
            #expect(!others.output.contains("none yet"), "\(others.output)")
        }
        let root = try await check()
        #expect(root.status == 0 && root.errors.isEmpty, "\(root.errors)")
    }

    /// What `run` refuses, no other command takes for damaged, empty or missing, and none follows a link.
    @Test func aStateDirectoryThatRunRefusesIsAnError() async throws {
        let conf = folder.path("ceilometer.conf")
        try configure()
        try FileManager.default.createDirectory(atPath: folder.path("state"), withIntermediateDirectories: false)
        try folder.write("elsewhere", "")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("state/outbox.sqlite"), withDestinationPath: folder.path("elsewhere"))
        let link = try await check()
        #expect(link.status == 1 && link.errors.contains("outbox.sqlite is a link"), "\(link.errors)")
        let outbox = try await run(try TestBed.aerostat, ["outbox", "--config-file", conf])
        #expect(outbox.status == 1 && outbox.errors.contains("outbox.sqlite is a link"), "\(outbox.errors)")
        #expect(try String(contentsOfFile: folder.path("elsewhere"), encoding: .utf8).isEmpty)

        try folder.write("file", "")
        for state in ["file", "file/below"] {
            try configure(state: state)
            for command in [["check"], ["outbox"], ["run"]] {
                let result = try await run(try TestBed.aerostat, command + ["--config-file", conf], within: 20)
                #expect(result.status == 1, "\(command) \(state): \(result.output)")
                #expect(result.errors.lowercased().contains("directory"), "\(command) \(state): \(result.errors)")
                #expect(!result.errors.contains("Domain="), "\(command) \(state): \(result.errors)")
            }
        }
    }

    /// An agent answers its own user and root alone: that it does not answer others is no sign that none runs.
    @Test(.enabled(if: isRoot, "only root can be somebody else")) func anotherUsersAgentIsNotTakenForNone() async throws
    {
        try configure()
        try FileManager.default.createDirectory(atPath: folder.path("state"), withIntermediateDirectories: false)
        let command = ["outbox", "retry", "--now", "--config-file", folder.path("ceilometer.conf")]
        let others = try await asNobody(command)
        #expect(others.status == 1 && !others.errors.contains("no agent answers"), "\(others.errors)")
        #expect(others.errors.contains("runuser -u root -- aerostat outbox"), "\(others.errors)")
        let root = try await run(try TestBed.aerostat, command)
        #expect(root.status == 1 && root.errors.contains("no agent answers"), "\(root.errors)")
    }

    /// Debian makes /etc/ceilometer 0750.
    @Test(.enabled(if: isRoot, "only root can be somebody else")) func aClosedConfigurationIsNamed() async throws {
        let etc = folder.path("snap/etc/ceilometer")
        try FileManager.default.createDirectory(atPath: etc, withIntermediateDirectories: true)
        try folder.write("snap/etc/ceilometer/ceilometer.conf", "[DEFAULT]\nhost = compute-7\n")
        try #require(chown(etc, 0, 65533) == 0 && chmod(etc, 0o750) == 0)
        let result = try await asNobody(["check"], environment: ["SNAP": folder.path("snap")])
        #expect(result.status == 78)
        #expect(
            result.errors.contains("error: \(etc): permission denied; run the command as the agent's user, or add user")
        )
        #expect(result.errors.contains("usermod -aG "), "\(result.errors)")
        #expect(!result.errors.contains("every option has its default"), "\(result.errors)")
    }

    @Test(.enabled(if: isRoot, "only root can be somebody else")) func recordingsThatMayNotBeReadOrWritten()
        async throws
    {
        try configure()
        try folder.write("r.json", "{}")
        try #require(chmod(folder.path("r.json"), 0o600) == 0)
        let conf = ["--config-file", folder.path("ceilometer.conf")]
        let read = try await asNobody(["samples", "--replay", folder.path("r.json")] + conf)
        #expect(read.status == 1)
        #expect(read.errors.contains("recording \(folder.path("r.json")): permission denied; "), "\(read.errors)")
        let written = try await asNobody(["record", folder.path("new.json")] + conf)
        #expect(written.status == 1)
        #expect(
            written.errors.contains("new.json: permission denied: user nobody may not write there (\(folder.path))"),
            "\(written.errors)")
        for text in [read.errors, written.errors] { #expect(!text.contains("operation") && !text.contains("NSCocoa")) }
    }

    @Test func onlineTriesWhatRunNeeds() async throws {
        let receiver = try await SampleReceiver()
        let taken = try #require(UInt16(exactly: receiver.port))
        try configure(url: receiver.url, "status_listen = 127.0.0.1:\(taken)\n")
        try FileManager.default.createDirectory(atPath: folder.path("state"), withIntermediateDirectories: false)
        let result = try await check("--online")
        #expect(result.status == 1)
        #expect(
            result.output.contains("state directory \(folder.path("state"))\n    written and synced\n"),
            "\(result.output)")
        #expect(result.output.contains("status page 127.0.0.1:\(taken)\n    error: in use"), "\(result.output)")
        #expect(result.output.contains("\n  ceilometer\n"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("state")).isEmpty)
        await receiver.stop()
    }

    @Test func onlineBesideTheAgentItself() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(uri: "test:///default", url: receiver.url, in: folder)
        try await eventually("the status page is there", within: 30) {
            do {
                _ = try await agent.status()
                return true
            } catch { return false }
        }
        let result = try await check("--online")
        #expect(
            result.output.contains(
                "status page 127.0.0.1:\(agent.statusPort)\n    in use by the agent that runs (process \(agent.identifier))"
            ),
            "\(result.output)")
        #expect(result.output.contains("an agent runs with it (process \(agent.identifier))"))
        #expect(!result.output.contains("error: in use"))
        try await agent.stop()
        await receiver.stop()
    }

    @Test func onlineFindsACeilometerThatRuns() async throws {
        try configure()
        // Its name is all that is looked at; it ends by itself.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("ceilometer-agent-compute"), withDestinationPath: "/bin/sleep")
        let running = try ChildProcess(
            folder.path("ceilometer-agent-compute"), ["120"], environment: [:], output: folder.path("out"),
            errors: folder.path("err"))
        defer { running.signal(SIGKILL) }
        let result = try await check("--online")
        #expect(
            result.output.contains("warning: ceilometer-agent-compute runs (process \(running.identifier))"),
            "\(result.output)")
    }

    @Test func whatIsPolledInVainIsToldWithItsPlace() async throws {
        try configure()
        try folder.write("polling.yaml", "sources: [{name: a, interval: 60, meters: [cpu, vcpus]}]\n")
        try folder.write(
            "pipeline.yaml",
            "sources: [{name: a, meters: [cpu, memroy.usage], sinks: [k]}]\nsinks: [{name: k, publishers: [\"test://\"]}]\n"
        )
        let result = try await check()
        #expect(result.status == 0, "\(result.errors)")
        for part in [
            "pipeline.yaml:1:35: warning: no meter is called 'memroy.usage'; did you mean memory.usage?",
            "polling.yaml:1:11: warning: source 'a' polls 1 of its 2 meters in vain: no pipeline takes vcpus",
        ] { #expect(result.errors.contains(part), "\(part) of \(result.errors)") }
    }
}
