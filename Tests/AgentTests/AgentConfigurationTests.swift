import Configuration
import Foundation
import Glibc
import Pipeline
import Testing

@testable import Agent

/// Loading ceilometer.conf, polling.yaml and pipeline.yaml as a whole.
struct AgentConfigurationTests {
    private static let polling = """
        sources:
          - name: memory
            interval: 60
            meters: [memory.usage]
          - name: slow
            interval: 600
            meters: [cpu]

        """
    private static let pipeline = """
        sources:
          - name: all
            meters: ["*"]
            sinks: [sink]
        sinks:
          - name: sink
            publishers: ["test://"]

        """

    private func folder(
        conf: String = "[DEFAULT]\nhost = compute-7\n", polling: String? = polling, pipeline: String? = pipeline
    ) throws -> ConfigurationFolder {
        var files = ["ceilometer.conf": conf]
        files["polling.yaml"] = polling
        files["pipeline.yaml"] = pipeline
        return try ConfigurationFolder(files)
    }

    private func errors(_ loaded: AgentConfiguration.Loaded) -> [String] {
        loaded.diagnostics.all.filter { $0.severity == .error }.map(\.description)
    }

    /// libvirt's LXC driver has no bulk statistics call.
    @Test(arguments: [
        ("libvirt_type = lxc", true), ("libvirt_uri = lxc:///", true), ("libvirt_uri = lxc:///system", true),
        ("libvirt_uri = LXC+ssh://root@h/", true), ("libvirt_type = lxc\nlibvirt_uri = qemu:///system", false),
        ("libvirt_type = kvm", false), ("libvirt_type = parallels", false), ("libvirt_uri = test:///default", false),
        ("libvirt_uri = qemu+unix:///system?socket=/lxc", false),
    ])
    func whatCannotBePolledIsAnError(line: String, isError: Bool) throws {
        let folder = try folder(conf: "[DEFAULT]\nhost = h\n\(line)\n")
        let loaded = folder.load()
        #expect((loaded.configuration == nil) == isError, "\(loaded.diagnostics.all)")
        #expect(errors(loaded).count == (isError ? 1 : 0))
        if isError {
            let error = try #require(errors(loaded).first)
            #expect(error.contains("ceilometer.conf:3:"), "\(error)")
            #expect(error.contains("nothing can be polled") && error.contains("set [DEFAULT] libvirt_type = kvm"))
        }
    }

    @Test func aDriverThatIsNotKnownIsWarnedOf() throws {
        let loaded = try folder(conf: "[DEFAULT]\nhost = h\nlibvirt_uri = esx://h/\n").load()
        #expect(loaded.configuration != nil)
        #expect(loaded.diagnostics.all.contains { $0.severity == .warning && $0.description.contains("esx") })
    }

    @Test func whatIsRightIsLoaded() throws {
        let folder = try folder()
        let loaded = folder.load()
        let configuration = try #require(loaded.configuration, "\(loaded.diagnostics.all)")
        #expect(configuration.settings.host == "compute-7")
        #expect(configuration.tasks.map(\.interval) == [60, 600])
        #expect(configuration.tasks.map(\.meters) == [["memory.usage"], ["cpu"]])
        #expect(configuration.pipelines.pipelines.map(\.name) == ["all:sink"])
        #expect(configuration.files == ["ceilometer.conf", "polling.yaml", "pipeline.yaml"].map(folder.file))
        #expect(!loaded.diagnostics.hasErrors)
    }

    /// What the log says of a reload: what is another than before, and no secret.
    @Test func changesAreNamed() throws {
        let old = try #require(try folder().load().configuration)
        #expect(old.changes(since: old).isEmpty)
        let new = try #require(
            try folder(
                conf: "[DEFAULT]\nhost = compute-8\n[publisher]\ntelemetry_secret = hunter2\n"
                    + "[aerostat]\nstatus_listen = 127.0.0.1:8765\n",
                polling: Self.polling.replacing("600", with: "300").replacing("[cpu]", with: "[vcpus]"),
                pipeline: Self.pipeline.replacing("test://", with: "http://user:hunter2@h/x")
            ).load().configuration)
        let changes = new.changes(since: old)
        #expect(
            changes == [
                "host": "compute-7 -> compute-8", "intervals": "60,600 -> 60,300", "meters": "+vcpus -cpu",
                "publishers": "+http://user:***@h/x -test://", "status_listen": "none -> 127.0.0.1:8765",
                "telemetry_secret": "changed",
            ])
        #expect(!"\(changes)".contains("hunter2"))
        let other = try #require(
            try folder(pipeline: Self.pipeline.replacing("test://", with: "http://user:hunter3@h/x")).load()
                .configuration)
        let same = try #require(
            try folder(pipeline: Self.pipeline.replacing("test://", with: "http://user:hunter2@h/x")).load()
                .configuration)
        #expect(other.changes(since: same) == ["publishers": "other passwords or another order"])
    }

    @Test func whatNeedsKeystoneIsAnErrorWithoutIt() throws {
        for (url, needs) in [
            ("gnocchi://", true), ("gnocchi+http://h?ended_at=true", true), ("gnocchi+http://h", false),
        ] {
            let pipeline = Self.pipeline.replacing("test://", with: url)
            let told = errors(try folder(pipeline: pipeline).load())
            #expect(told.count == (needs ? 1 : 0), "\(told)")
            #expect(told.allSatisfy { $0.contains("pipeline.yaml:7:") && $0.contains("[service_credentials]") })
            let conf = """
                [service_credentials]
                auth_type = v3applicationcredential
                auth_url = http://h/v3
                application_credential_id = a
                application_credential_secret = s
                """
            #expect(errors(try folder(conf: conf, pipeline: pipeline).load()).isEmpty)
        }
    }

    @Test func publishersThatShareAQueueAndDifferAreTold() throws {
        let pipeline = Self.pipeline.replacing(
            #"["test://"]"#, with: #"["gnocchi+http://h:8041", "gnocchi+http://h:8041?timeout=9", "http://h"]"#)
        let told = try folder(pipeline: pipeline).load().diagnostics.all.map(\.description)
        #expect(told.filter { $0.contains("shares the queue gnocchi+http://h:8041 with the one in line 7") }.count == 1)
    }

    /// `signature=true` with Ceilometer's default secret, which is in every documentation, proves nothing.
    @Test func aSignatureThatAnybodyCanMakeIsWarnedAbout() throws {
        let pipeline = Self.pipeline.replacing("test://", with: "http://u:hunter2@h/p?signature=true")
        for (conf, isTold) in [
            ("", true), ("[publisher]\ntelemetry_secret =\n", true), ("[publisher]\ntelemetry_secret = s\n", false),
        ] {
            let loaded = try folder(conf: conf, pipeline: pipeline).load()
            #expect(loaded.configuration != nil)
            let told = loaded.diagnostics.all.map(\.description).filter { $0.contains("signature=true proves nothing") }
            #expect(told.count == (isTold ? 1 : 0), "\(loaded.diagnostics.all)")
            #expect(told.allSatisfy { $0.contains("pipeline.yaml:7:") && !$0.contains("hunter2") }, "\(told)")
        }
        #expect(try !folder(conf: "").load().diagnostics.all.contains { $0.description.contains("signature") })
    }

    @Test func aMissingFileIsAnErrorThatNamesWhereItWasLookedFor() throws {
        let name = "\(UUID().uuidString).yaml"
        let folder = try folder(conf: "[polling]\ncfg_file = \(name)\n")
        let loaded = folder.load()
        #expect(loaded.configuration == nil)
        let errors = errors(loaded)
        let error = try #require(errors.first)
        #expect(errors.count == 1)
        #expect(error.hasPrefix("\(folder.file("ceilometer.conf")):2:"), "\(error)")
        #expect(error.contains("there is no \(name)"))
        for place in [folder.path, "\(folder.path)/.ceilometer", "/etc/ceilometer", "/etc"] {
            #expect(error.contains("\(place),") || error.contains("\(place);"), "\(place) is not in \(error)")
        }
        #expect(error.contains("[polling] cfg_file"))
    }

    @Test func aMissingAbsolutePathIsNamed() throws {
        let folder = try folder(conf: "[DEFAULT]\npipeline_cfg_file = /nonexistent/pipeline.yaml\n")
        let errors = errors(folder.load())
        #expect(errors.count == 1)
        #expect(errors.first?.contains("there is no /nonexistent/pipeline.yaml;") == true, "\(errors)")
        #expect(errors.first?.contains("pipeline_cfg_file") == true)
    }

    /// Compute hosts have no pipeline.yaml: what is to be done can be pasted, and is a configuration.
    @Test func aMissingFileCanBePasted() throws {
        let folder = try folder(
            conf: """
                [DEFAULT]
                pipeline_cfg_file = /nonexistent/pipeline.yaml
                [polling]
                cfg_file = /nonexistent/polling.yaml
                """)
        let told = errors(folder.load())
        let pasted = told.compactMap { text -> String? in
            text.firstMatch(of: /echo '([^']+)' > \/nonexistent\/p[a-z]+\.yaml$/).map { String($0.1) }
        }
        try #require(pasted.count == 2, "\(told)")
        let loaded = try self.folder(
            polling: pasted[0], pipeline: pasted[1].replacing("gnocchi://", with: "test://")
        ).load()
        let configuration = try #require(loaded.configuration, "\(loaded.diagnostics.all)")
        #expect(loaded.diagnostics.all.isEmpty)
        #expect(configuration.tasks.first?.meters.contains("memory.usage") == true)
        #expect(told.contains { $0.contains("publishes to Gnocchi") && $0.contains("gnocchi://") })
    }

    @Test func whatIsPolledInVainIsToldOfTheFiles() throws {
        let loaded = try folder(pipeline: Self.pipeline.replacing("\"*\"", with: "memroy.usage")).load()
        #expect(loaded.configuration != nil)
        let told = loaded.diagnostics.all.map(\.description)
        #expect(told.contains { $0.contains("pipeline.yaml:3:14: warning: no meter is called") }, "\(told)")
        #expect(told.contains { $0.contains("source 'all' takes none of the polled meters") }, "\(told)")
        #expect(told.contains { $0.contains("polling.yaml:2:5: warning: source 'memory' polls 1 of its 1") }, "\(told)")
    }

    @Test func aPasswordInAPipelineThatEverybodyCanReadIsWarnedAbout() throws {
        let folder = try folder(pipeline: Self.pipeline.replacing("test://", with: "http://u:hunter2@h/x"))
        func told() -> [String] {
            folder.load().diagnostics.all.map(\.description).filter { $0.contains("every user of this host") }
        }
        try #require(chmod(folder.path, 0o755) == 0 && chmod(folder.file("pipeline.yaml"), 0o644) == 0)
        let warnings = told()
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("pipeline.yaml:7:") == true && warnings.first?.contains("chmod") == true)
        #expect(!warnings.contains { $0.contains("hunter2") })
        try #require(chmod(folder.file("pipeline.yaml"), 0o640) == 0)
        #expect(told().isEmpty)
    }

    @Test func aMissingFileOfKeystonesIsWarnedAbout() throws {
        let conf = """
            [service_credentials]
            auth_type = v3applicationcredential
            auth_url = https://h/v3
            application_credential_id = a
            application_credential_secret = s
            cafile = /nonexistent/ca.pem
            keyfile = /nonexistent/key.pem
            """
        let told = try folder(conf: conf).load().diagnostics.all.map(\.message)
        for (option, name) in [("cafile", "ca"), ("keyfile", "key")] {
            let lines = told.filter {
                $0.contains("\(option): '/nonexistent/\(name).pem' cannot be read: No such file")
            }
            #expect(lines.count == 1, "\(told)")
        }
        #expect(told.filter { $0.contains("/nonexistent/") }.count == 2, "each is told once: \(told)")
        let insecure = try folder(conf: conf + "\ninsecure = true\n").load().diagnostics.all.map(\.message)
        #expect(!insecure.contains { $0.contains("cafile") })
    }

    @Test func bothMissingFilesAreToldAtOnce() throws {
        let conf = "[DEFAULT]\npipeline_cfg_file = /nonexistent/a\n[polling]\ncfg_file = /nonexistent/b\n"
        let errors = try errors(folder(conf: conf).load())
        #expect(errors.count == 2, "\(errors)")
        #expect(errors.contains { $0.contains("/nonexistent/a") })
        #expect(errors.contains { $0.contains("/nonexistent/b") })
    }

    @Test func theErrorsOfBothYAMLFilesAreToldAtOnce() throws {
        let folder = try folder(
            polling: Self.polling.replacing("interval: 60\n", with: "interval: never\n"),
            pipeline: Self.pipeline.replacing("test://", with: "gopher://x").replacing("[sink]", with: "[sunk]"))
        let loaded = folder.load()
        #expect(loaded.configuration == nil)
        let errors = errors(loaded)
        #expect(errors.count == 3, "\(errors)")
        #expect(errors.contains { $0.hasPrefix("\(folder.file("polling.yaml")):3:") && $0.contains("never") })
        #expect(errors.contains { $0.hasPrefix("\(folder.file("pipeline.yaml")):4:") && $0.contains("sunk") })
        #expect(errors.contains { $0.hasPrefix("\(folder.file("pipeline.yaml")):7:") && $0.contains("gopher") })
    }

    private static let ocata = """
        sources:
          - {name: cpu, interval: 30, meters: [cpu], sinks: [rate]}
          - {name: rest, interval: 600, meters: ["!cpu"], sinks: [sink]}
        sinks:
          - name: rate
            transformers: [{name: rate_of_change, parameters: {target: {name: cpu_util}}}]
            publishers: ["test://"]
          - {name: sink, publishers: ["test://"]}

        """

    @Test(.disabled(if: hostHasFiles, "this host has Ceilometer's files"), arguments: [true, false])
    func aPipelineOfOcataSaysWhatIsPolled(needsPipelines: Bool) throws {
        let folder = try folder(polling: nil, pipeline: Self.ocata)
        let loaded = folder.load(needsPipelines: needsPipelines)
        let configuration = try #require(loaded.configuration, "\(loaded.diagnostics.all)")
        #expect(loaded.diagnostics.all.isEmpty)
        #expect(configuration.pollingOrigin == .pipelineFile)
        #expect(configuration.tasks.map(\.interval) == [30, 600])
        #expect(configuration.tasks.first?.meters == ["cpu"])
        #expect(configuration.pipelines.pipelines.map(\.transformers.names) == [["rate_of_change"], []])
        #expect(configuration.files == ["ceilometer.conf", "pipeline.yaml"].map(folder.file))
    }

    @Test func besideAPollingFileAPipelineOfOcataDoesNot() throws {
        let loaded = try folder(pipeline: Self.ocata).load()
        let configuration = try #require(loaded.configuration)
        #expect(configuration.pollingOrigin == .pollingFile)
        #expect(configuration.tasks.map(\.interval) == [60, 600])
        #expect(loaded.diagnostics.all.count { $0.message.contains("set it in polling.yaml") } == 2)
    }

    @Test func aPollingFileThatIsNamedMustBeThere() throws {
        let folder = try folder(conf: "[polling]\ncfg_file = gone.yaml\n", polling: nil, pipeline: Self.ocata)
        let loaded = folder.load()
        #expect(loaded.configuration == nil)
        #expect(errors(loaded).contains { $0.contains("there is no gone.yaml") })
    }

    @Test(.disabled(if: hostHasFiles, "this host has Ceilometer's files"))
    func theErrorsOfAPipelineOfOcataAreToldAlone() throws {
        let loaded = try folder(polling: nil, pipeline: Self.ocata.replacing("interval: 600, ", with: "")).load()
        #expect(errors(loaded).count == 1)
        #expect(errors(loaded).first?.contains("source 'rest' has no \"interval\"") == true, "\(errors(loaded))")
    }

    @Test func whatIsNoFileIsAnError() throws {
        let folder = try folder(polling: nil)
        try FileManager.default.createDirectory(atPath: folder.file("polling.yaml"), withIntermediateDirectories: false)
        let loaded = folder.load(needsPipelines: false)
        #expect(loaded.configuration == nil)
        #expect(errors(loaded).count == 1)
        #expect(
            errors(loaded) == [
                "error: \(folder.file("polling.yaml")): it is a directory, a pipe or a device; expected a regular file"
            ])
    }

    /// Only a host without Ceilometer lacks the files that nobody names.
    private static let hostHasFiles = ["/etc/ceilometer", "/etc"].contains { directory in
        ["polling.yaml", "pipeline.yaml"].contains { FileManager.default.fileExists(atPath: "\(directory)/\($0)") }
    }

    @Test(.disabled(if: hostHasFiles, "this host has Ceilometer's files"))
    func withoutPipelinesBothFilesMayBeMissing() throws {
        let folder = try folder(polling: nil, pipeline: nil)
        let loaded = folder.load(needsPipelines: false)
        let configuration = try #require(loaded.configuration, "\(loaded.diagnostics.all)")
        #expect(configuration.files == [folder.file("ceilometer.conf")])
        let polled = configuration.tasks.flatMap(\.meters)
        for meter in ["memory.usage", "cpu", "power.state", "network.incoming.bytes"] {
            #expect(polled.contains(meter))
        }
        #expect(configuration.pipelines.pipelines.allSatisfy { $0.meters.matches("memory.usage") })
        let warnings = loaded.diagnostics.all.map(\.message)
        #expect(warnings.contains { $0.contains("there is no polling.yaml in \(folder.path)") })
        #expect(warnings.contains { $0.contains("there is no pipeline.yaml in \(folder.path)") })
    }

    @Test(.disabled(if: hostHasFiles, "this host has Ceilometer's files"))
    func withPipelinesNeitherMayBeMissing() throws {
        let loaded = try folder(polling: nil, pipeline: nil).load()
        #expect(loaded.configuration == nil)
        #expect(errors(loaded).count == 2)
    }

    @Test func whatIsThereCountsAlsoWithoutPipelines() throws {
        let good = try folder()
        let loaded = good.load(needsPipelines: false)
        #expect(loaded.configuration?.tasks.flatMap(\.meters) == ["memory.usage", "cpu"])
        let bad = try folder(pipeline: "sources: []\n")
        #expect(bad.load(needsPipelines: false).configuration == nil)
    }

    @Test(arguments: ["[polling]\ncfg_file", "[DEFAULT]\npipeline_cfg_file"])
    func aFileThatWasNamedMustExist(option: String) throws {
        let folder = try folder(conf: "\(option) = /nonexistent/x.yaml\n")
        let loaded = folder.load(needsPipelines: false)
        #expect(loaded.configuration == nil)
        #expect(errors(loaded).count == 1)
    }

    /// oslo.config's environment variables name files as well.
    @Test(arguments: ["OS_POLLING__CFG_FILE", "OS_DEFAULT__PIPELINE_CFG_FILE"])
    func aFileThatTheEnvironmentNamesMustExist(variable: String) throws {
        let loaded = try folder().load(needsPipelines: false, environment: [variable: "/nonexistent/x.yaml"])
        #expect(loaded.configuration == nil)
    }

    @Test func sourcesThatSelectNothingAreWarnedAbout() throws {
        let folder = try folder(polling: Self.polling.replacing("memory.usage", with: "x").replacing("cpu", with: "y"))
        let loaded = folder.load()
        #expect(loaded.configuration?.tasks.isEmpty == true)
        #expect(loaded.diagnostics.all.contains { $0.severity == .warning && $0.message.contains("nothing is polled") })
    }
}
