import Foundation
import Golden
import TestServers
import Testing

/// The command line: exit codes, where what is told, and a recording's way through it.
@Suite struct CommandTests {
    private func aerostat(_ arguments: String...) async throws -> Finished {
        try await run(try TestBed.aerostat, arguments)
    }

    private func configured(_ polling: String? = nil, _ pipeline: String? = nil, _ conf: String = "") throws
        -> TemporaryFolder
    {
        let folder = try TemporaryFolder()
        try RunningAgent.configure(folder, uri: "test:///default", url: "test://", settings: conf)
        if let polling { try folder.write("polling.yaml", polling) }
        if let pipeline { try folder.write("pipeline.yaml", pipeline) }
        return folder
    }

    @Test func usage() async throws {
        for arguments in [
            ["--nonsense"], ["samples", "--cycles", "0"], ["record"], ["check", "surplus"], ["nonsense"],
        ] {
            let result = try await run(try TestBed.aerostat, arguments)
            #expect(result.status == 2, "\(arguments)")
            #expect(result.output.isEmpty)
            #expect(!result.errors.isEmpty)
        }
        for arguments in [["--help"], ["run", "--help"], ["--version"], ["help", "samples"]] {
            let result = try await run(try TestBed.aerostat, arguments)
            #expect(result.status == 0, "\(arguments)")
            #expect(!result.output.isEmpty)
        }
    }

    @Test func aGoodConfigurationIsExplained() async throws {
        let folder = try configured()
        let result = try await aerostat("check", "--config-file", folder.path("ceilometer.conf"))
        #expect(result.status == 0)
        for part in ["host: test-host", "every 1 s", "memory.usage", "all:out", "test://", "libvirt: test:///default"] {
            #expect(result.output.contains(part), "\(part)")
        }
    }

    @Test func theExamplesAreValid() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let result = try await aerostat(
            "check", "--config-file", root.appending(path: "etc/aerostat/ceilometer.conf").path())
        #expect(result.status == 0)
        #expect(result.errors.isEmpty, "\(result.errors)")
        #expect(result.output.contains("etc/aerostat/polling.yaml"))
        #expect(result.output.contains("publisher: http://127.0.0.1:8080/v1/samples"))
    }

    @Test func theExampleOfTransformersIsValid() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "etc/aerostat/pipeline.yaml"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("#  ") ? String($0.dropFirst()) : String($0)
        }
        let polling = try String(contentsOf: root.appending(path: "etc/aerostat/polling.yaml"), encoding: .utf8)
        let folder = try configured(polling, lines.joined(separator: "\n"))
        let result = try await aerostat("check", "--config-file", folder.path("ceilometer.conf"))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.isEmpty, "\(result.errors)")
        for part in [
            "polling, by polling.yaml", "cpu_util (gauge, %)", "disk.device.read.bytes.rate (gauge, B/s)",
            "network.outgoing.packets.rate (gauge, packet/s)",
        ] {
            #expect(result.output.contains(part), "\(part): \(result.output)")
        }
    }

    @Test func aRecordingYieldsWhatTransformersMakeOfIt() async throws {
        let folder = try configured(
            "sources: [{name: a, interval: 60, meters: [cpu, vcpus]}]\n",
            """
            sources:
              - {name: a, meters: ["*"], sinks: [plain, other]}
              - {name: b, meters: [cpu], sinks: [rate]}
            sinks:
              - {name: plain, publishers: ["test://"]}
              - {name: other, publishers: ["test://"]}
              - name: rate
                transformers: [{name: rate_of_change, parameters: {target: {name: cpu_util, unit: "%", type: gauge, scale: "100.0 / (10**9 * (resource_metadata.cpu_number or 1))"}}}]
                publishers: ["test://"]
            """)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let recording = root.appending(path: "deploy/try-recording.json").path()
        func names(_ arguments: String...) async throws -> [String: Int] {
            let result = try await run(
                try TestBed.aerostat,
                [
                    "samples", "--config-file", folder.path("ceilometer.conf"), "--replay", recording, "--format",
                    "jsonl",
                ] + arguments)
            #expect(result.status == 0, "\(result.errors)")
            let samples = try result.output.split(separator: "\n").map {
                try JSONDecoder().decode(ReceivedSample.self, from: Data($0.utf8))
            }
            #expect(Set(samples.map(\.id)).count == samples.count, "each sample once")
            return Dictionary(grouping: samples, by: \.name).mapValues(\.count)
        }
        let once = try await names()
        let instances = try #require(once["cpu"])
        #expect(instances > 0 && once["cpu_util"] == nil)
        let twice = try await names("--cycles", "2")
        #expect(twice == ["cpu": 2 * instances, "vcpus": 2 * instances, "cpu_util": instances])
        #expect(try await names("--cycles", "2", "--meter", "cpu_util") == ["cpu_util": instances])
    }

    /// A transformer may drop the metadata, which tells of the instance otherwise.
    @Test func samplesWithoutMetadataBelongToTheirInstance() async throws {
        let folder = try configured(
            "sources: [{name: s, interval: 60, meters: [cpu]}]\n",
            """
            sources: [{name: a, meters: ["*"], sinks: [sum]}]
            sinks:
              - name: sum
                transformers: [{name: aggregator, parameters: {resource_metadata: drop, size: 1}}]
                publishers: ["test://"]
            """)
        let recording = try GoldenRun.edge().recording.path()
        for format in ["jsonl", "table"] {
            let result = try await run(
                try TestBed.aerostat,
                [
                    "samples", "--config-file", folder.path("ceilometer.conf"), "--replay", recording, "--instance",
                    "paused-vm", "--format", format,
                ])
            #expect(result.status == 0, "\(result.errors)")
            let lines = result.output.split(separator: "\n")
            let expected = "a0000000-0000-4000-8000-000000000003"
            #expect(lines.count { $0.contains(expected) && !$0.contains("display_name") } == 1, "\(result.output)")
        }
    }

    @Test func anInstanceOrAMeterThatIsNotThereIsAnError() async throws {
        let folder = try configured("sources: [{name: s, interval: 60, meters: [cpu, memory.usage]}]\n")
        let recording = try GoldenRun.edge().recording.path()
        func samples(_ arguments: String...) async throws -> Finished {
            try await run(
                try TestBed.aerostat,
                ["samples", "--config-file", folder.path("ceilometer.conf"), "--replay", recording] + arguments)
        }
        let uuid = "a0000000-0000-4000-8000-000000000003"
        for name in ["paused-vm", "instance-00000003", uuid, uuid.uppercased(), "paused-*"] {
            let result = try await samples("--instance", name, "--meter", "cpu", "--format", "jsonl")
            #expect(result.status == 0, "\(name): \(result.errors)")
            #expect(result.output.split(separator: "\n").count == 1 && result.output.contains(uuid), "\(name)")
            // Nothing of domains that were not asked for.
            #expect(!result.errors.contains("yields no samples"), "\(name): \(result.errors)")
        }
        let none = try await samples("--instance", "paused-vn")
        #expect(none.status == 1)
        #expect(none.errors.contains("no instance 'paused-vn' among 27; did you mean paused-vm?"), "\(none.errors)")
        let meter = try await samples("--meter", "memory.usages")
        #expect(meter.status == 1)
        #expect(meter.errors.contains("no meter 'memory.usages'; did you mean memory.usage?"), "\(meter.errors)")
        let unpolled = try await samples("--meter", "vcpus")
        #expect(unpolled.status == 1)
        #expect(unpolled.errors.contains("no source of polling.yaml selects it"), "\(unpolled.errors)")
        let domain = try await samples("--instance", "not-nova")
        #expect(domain.status == 0)
        #expect(domain.errors.contains("not-nova (a0000000-0000-4000-8000-000000000008) yields no samples"))
        #expect(domain.errors.contains("[compute] unmanaged_domains = true"))
    }

    @Test func samplesThatNoPipelineTakesAreTold() async throws {
        let folder = try configured(
            "sources: [{name: s, interval: 60, meters: [cpu, vcpus]}]\n",
            """
            sources: [{name: a, meters: [cpus], sinks: [k]}]
            sinks: [{name: k, publishers: ["test://"]}]
            """)
        let result = try await aerostat(
            "samples", "--config-file", folder.path("ceilometer.conf"), "--replay",
            GoldenRun.edge().recording.path(), "--format", "jsonl")
        #expect(result.status == 0 && result.output.isEmpty)
        #expect(
            result.errors.contains("samples go to no pipeline: no source of pipeline.yaml takes cpu, vcpus"),
            "\(result.errors)")
    }

    /// One way to name instances, and every domain on the status page, with its samples or with why it has none.
    @Test func theStatusPageHasEveryDomain() async throws {
        let agent = try await RunningAgent(
            uri: "test:///default", url: "test://", arguments: ["--replay", try GoldenRun.edge().recording.path()])
        struct Page: Decodable {
            struct Domain: Decodable {
                let uuid: String
                let libvirt_name: String
                let reason: String?
            }
            let instances: [Domain]
            let unpolled: [Domain]
        }
        var page: Page?
        try await eventually("the first poll is shown", within: 60) {
            guard let body = await LoopbackClient.get(port: agent.statusPort, path: "/status") else { return false }
            // While it starts, the page says so in other words.
            guard body.starts(with: Array("{".utf8)) else { return false }
            page = try JSONDecoder().decode(Page.self, from: Data(body))
            return page?.instances.isEmpty == false
        }
        let shown = try #require(page)
        #expect(shown.instances.count + shown.unpolled.count == 27)
        let domain = try #require(shown.unpolled.first { $0.libvirt_name == "not-nova" })
        #expect(domain.reason?.contains("[compute] unmanaged_domains = true") == true)
        #expect(shown.instances.contains { $0.libvirt_name == "instance-00000003" })
        let lines = try agent.lines("yields no samples", "not-nova (a0000000-0000-4000-8000-000000000008)")
        #expect(lines.count == 1)
        try await agent.stop()
    }

    @Test func aPasswordIsNeverShown() async throws {
        let folder = try configured(
            nil,
            """
            sources: [{name: a, meters: ["*"], sinks: [k]}]
            sinks: [{name: k, publishers: ["http://user:hunter2@127.0.0.1:1/x", "htp://user:hunter2@127.0.0.1:1/x"]}]
            """, "[DEFAULT]\nlibvirt_uri = esx://root:hunter2@h/\n")
        for command in ["check", "run"] {
            let result = try await aerostat(command, "--config-file", folder.path("ceilometer.conf"))
            #expect(result.status == 78)
            #expect(!(result.output + result.errors).contains("hunter2"))
        }
    }

    @Test func everyErrorOfEveryFileIsToldWithItsPlace() async throws {
        let folder = try configured(
            "sources:\n  - {name: a, interval: 0, meters: [cpu, \"!x\"]}\n  - {intervall: 5, meters: []}\n",
            "sources:\n  - {name: a, meters: [\"*\"], sinks: [outputt]}\nsinks:\n  - {name: output, publishers: [\"htpp://h/\"]}\n"
        )
        for command in ["check", "run", "samples"] {
            let result = try await aerostat(command, "--config-file", folder.path("ceilometer.conf"))
            #expect(result.status == 78)
            for part in [
                "polling.yaml:2:25: error", "polling.yaml:3:", "did you mean interval?", "pipeline.yaml:2:38: error",
                "did you mean output?", "pipeline.yaml:4:", "did you mean http?",
            ] { #expect(result.errors.contains(part), "\(part) of \(result.errors)") }
        }
    }

    @Test(arguments: [
        "", "- a\n", "a: [b", "sources:\n\t- x\n", "\u{0}\u{1}", "sources: &a [*a]\n", "{}",
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            + "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
            + "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nsources: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
        String(repeating: "[", count: 100_000), String(repeating: "x", count: 5 << 20),
        "sources: []\nsources: []\n", "sources:\n - {name: a, interval: 1, meters: ['*']}\n  - x\n",
    ])
    func badYAMLIsAClearError(text: String) async throws {
        for folder in [try configured(text), try configured(nil, text)] {
            let result = try await aerostat("check", "--config-file", folder.path("ceilometer.conf"))
            #expect(result.status == 78, "\(result.status): \(result.errors.prefix(300))")
            #expect(result.errors.contains("error: "))
        }
    }

    @Test(arguments: ["stray line\n", "[DEFAULT\nx=1\n", "\u{FFFE}\u{0}", "[aerostat]\nlibvirt_timeout = soon\n"])
    func badSettingsAreAClearError(text: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("ceilometer.conf", text)
        let result = try await aerostat("check", "--config-file", folder.path("ceilometer.conf"))
        #expect(result.status == 78)
        #expect(result.errors.contains("ceilometer.conf:"))
    }

    @Test func aRecordingGoesRound() async throws {
        let folder = try configured()
        let conf = folder.path("ceilometer.conf")
        let shared = try TestBed.shared()
        try RunningAgent.configure(folder, uri: try await shared.uri(), url: "test://")
        let recorded = try await aerostat(
            "record", "--config-file", conf, "--cycles", "2", "--interval", "0.5", folder.path("r.json"))
        #expect(recorded.status == 0, "\(recorded.errors)")
        let replayed = try await aerostat(
            "samples", "--config-file", conf, "--replay", folder.path("r.json"), "--cycles", "2", "--format", "jsonl",
            "--meter", "power.state")
        #expect(replayed.status == 0)
        let idle = try await shared.uuid("idle")
        #expect(replayed.output.split(separator: "\n").count { $0.contains("\"resource_id\": \"\(idle)\"") } == 2)

        let whole = try Data(contentsOf: URL(filePath: folder.path("r.json")))
        for part in [0, 1, whole.count / 2, whole.count - 3] {
            try whole.prefix(part).write(to: URL(filePath: folder.path("cut.json")))
            let result = try await aerostat("samples", "--config-file", conf, "--replay", folder.path("cut.json"))
            #expect(result.status == 1)
            #expect(result.errors.contains("recording \(folder.path("cut.json"))"))
        }
        let missing = try await aerostat("samples", "--config-file", conf, "--replay", folder.path("none.json"))
        #expect(missing.status == 1)
    }

    @Test func whatCannotBeReachedEndsWithOneAndNamesTheURI() async throws {
        let folder = try configured()
        try RunningAgent.configure(folder, uri: "qemu+unix:///system?socket=/nonexistent", url: "test://")
        for command in [["samples"], ["record", folder.path("r.json")]] {
            let result = try await run(
                try TestBed.aerostat, command + ["--config-file", folder.path("ceilometer.conf")])
            #expect(result.status == 1)
            #expect(result.errors.contains("qemu+unix:///system?socket=/nonexistent: virConnectOpenReadOnly failed"))
        }
    }

    @Test func aStateDirectoryServesOneAgent() async throws {
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let first = try await RunningAgent(uri: "test:///default", url: receiver.url, in: folder)
        try await eventually("the first has the lock", within: 20) {
            FileManager.default.fileExists(atPath: folder.path("state/outbox.sqlite"))
        }
        let second = try await aerostat("run", "--config-file", folder.path("ceilometer.conf"))
        #expect(second.status == 1)
        #expect(second.errors.contains("\(folder.path("state")) is in use by another agent"))
        try await first.stop()
        await receiver.stop()
    }
}
