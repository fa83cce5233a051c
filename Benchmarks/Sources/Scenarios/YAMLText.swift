import Compute
import Configuration
import Pipeline

/// The text of a YAML file, read as the agent reads it.
struct YAMLText: Sendable {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    private static let meters = PollableMeters(MeterTable.names, onRequest: MeterTable.namesOnRequest)

    /// It as a pipeline.yaml.
    var pipelines: PipelineDefinition {
        get throws {
            var diagnostics = Diagnostics()
            let definition = PipelineDefinition.load(
                bytes, file: "pipeline.yaml", checkPublisher: { _, _ in [] }, into: &diagnostics)
            guard let definition else { throw Failure("\(diagnostics.all)") }
            return definition
        }
    }

    /// It as a polling.yaml.
    var polling: PollingDefinition {
        get throws {
            var diagnostics = Diagnostics()
            let definition = PollingDefinition.load(
                bytes, file: "polling.yaml", knownMeters: Self.meters, into: &diagnostics)
            guard let definition else { throw Failure("\(diagnostics.all)") }
            return definition
        }
    }
}
