import Agent
import ArgumentParser
import Configuration
import Outbox
import Pipeline
import Publishers
import Threads

/// The options that say which state directory a command is about.
struct StateOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "The state directory, if not the one that ceilometer.conf says.", valueName: "directory"))
    var statePath: String?

    /// Does something with the outbox in the state directory, which is `nil` if there is none yet. Throws `Failure`.
    func read<Value: Sendable>(_ body: (StoredOutbox?) async throws -> Value) async throws -> Value {
        let directory = try await directory()
        do {
            let outbox = try await offPool {
                Result { () throws(OutboxError) in try StoredOutbox(directory: directory) }
            }.get()
            let value = try await body(outbox)
            try outbox?.close()
            return value
        } catch let error as OutboxError {
            throw Failure(code: ExitStatus.failed, message: error.description)
        }
    }

    /// What to say of a payload when there is no outbox.
    var nothing: Failure {
        Failure(
            code: ExitStatus.failed, message: "there is no outbox in the state directory yet: nothing was refused")
    }

    /// The queues that pipeline.yaml has publishers for; `nil` if it cannot be read.
    func configuredQueues() async -> Set<String>? {
        let options = configuration
        let loaded = await offPool { AgentConfiguration.load(options.request()) }
        return loaded.configuration?.queues
    }

    /// The state directory. Just ceilometer.conf counts: an operator may be here because pipeline.yaml has an error.
    func directory() async throws -> String {
        if let statePath { return statePath }
        let options = configuration
        let loaded = await offPool { Settings.load(options.request()) }
        guard let settings = loaded.settings else {
            for diagnostic in loaded.diagnostics.all { StandardError.write("\(diagnostic)\n") }
            throw Failure(
                code: ExitStatus.configuration, message: "ceilometer.conf cannot be used; or give --state-path")
        }
        return settings.statePath.value
    }
}

extension AgentConfiguration {
    /// The names of its publishers' queues.
    var queues: Set<String> {
        Set(pipelines.pipelines.flatMap(\.publishers).compactMap { PublisherFactory.identity(of: $0.url) })
    }
}
