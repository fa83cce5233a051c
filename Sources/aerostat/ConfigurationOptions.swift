import Agent
import ArgumentParser
import Configuration
import Threads

/// The options that say which configuration files are read.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config-file"),
        help: ArgumentHelp(
            "Read this ceilometer.conf. May be given several times; later files win.", valueName: "path"))
    var configFiles: [String] = []

    @Option(
        name: .customLong("config-dir"),
        help: ArgumentHelp(
            "Read every *.conf in this directory, in the order of their names, after the files. May be given several "
                + "times.", valueName: "path"))
    var configDirs: [String] = []

    /// What the command line and the machine say. `host`, if given, stands for the machine's name. Blocks: the user's home
    /// may be in a directory service.
    func request(host: String? = nil) -> SettingsRequest {
        var environment = HostEnvironment.current()
        if let host { environment.hostName = host }
        return SettingsRequest(
            sources: configFiles.map { .file($0) } + configDirs.map { .directory($0) }, environment: environment)
    }

    /// Loads and checks everything; tells all diagnostics on standard error. Throws `Failure` if there is an error.
    func load(host: String? = nil, needsPipelines: Bool = true) async throws -> AgentConfiguration {
        let options = self
        let loaded = await offPool {
            AgentConfiguration.load(options.request(host: host), needsPipelines: needsPipelines)
        }
        for diagnostic in loaded.diagnostics.all { StandardError.write("\(diagnostic)\n") }
        guard let configuration = loaded.configuration else {
            let count = loaded.diagnostics.all.count { $0.severity == .error }
            throw Failure(
                code: ExitStatus.configuration,
                message: "the configuration cannot be used (\(count) error\(count == 1 ? "" : "s"))")
        }
        return configuration
    }
}
