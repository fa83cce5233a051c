import Agent
import ArgumentParser
import Configuration
import Pipeline
import Publishers
import Transfer

/// `aerostat gnocchi-upgrade`
struct GnocchiUpgradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gnocchi-upgrade",
        abstract: "Make the resource types and archive policies that Gnocchi lacks.",
        discussion: """
            For each publisher of Gnocchi's in pipeline.yaml: makes the resource types instance, instance_disk and \
            instance_network_interface, as ceilometer-upgrade does, and the archive policies of gnocchi_resources.yaml, \
            as far as they are missing. What is there is never changed. A line on standard output tells of each. \
            ceilometer-upgrade need not have been run before, and may be run after.

            EXIT STATUS
              0   Gnocchi has everything (with --dry-run: or would have)
              1   something is missing and could not be made, or is not as this agent needs it
              78  the configuration cannot be used
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Flag(help: "Look, and make nothing.")
    var dryRun = false

    func run() async throws {
        let loaded = try await configuration.load()
        let transfer = Transfer()
        let context = PublisherContext(
            transfer: transfer, version: version, telemetrySecret: loaded.settings.telemetrySecret,
            files: loaded.publisherFiles, keystone: loaded.keystoneSession(transfer: transfer, version: version))
        var seen: Set<String> = []
        let upgrades = loaded.pipelines.pipelines.flatMap(\.publishers)
            .compactMap { GnocchiUpgrade(url: $0.url, context: context) }
            .filter { seen.insert($0.publisher).inserted }
        guard !upgrades.isEmpty else {
            throw Failure(
                code: ExitStatus.failed,
                message: "pipeline.yaml has no publisher of Gnocchi's: gnocchi://, gnocchi+http:// or gnocchi+https://")
        }
        var hasFailed = false
        for upgrade in upgrades {
            try StandardOutput.write(Array("\(upgrade.publisher)\n".utf8))
            for step in await upgrade.run(isDryRun: dryRun) {
                try StandardOutput.write(Array("  \(step.what): \(step.outcome.words)\n".utf8))
                hasFailed = hasFailed || step.outcome.isFailure
            }
        }
        await transfer.shutdown()
        if hasFailed { throw Failure(code: ExitStatus.failed, message: "Gnocchi does not have all that is needed") }
    }
}

extension GnocchiUpgrade.Step.Outcome {
    fileprivate var words: String {
        switch self {
        case .exists: "exists"
        case .created: "created"
        case .missing: "missing, would be created"
        case .differs(let difference): "exists, but \(difference)"
        case .failed(let reason): "failed: \(reason)"
        }
    }

    fileprivate var isFailure: Bool {
        switch self {
        case .exists, .created, .missing: false
        case .differs, .failed: true
        }
    }
}
