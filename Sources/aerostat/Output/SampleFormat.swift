import ArgumentParser
import Compute
import Telemetry

/// How `samples` prints a cycle.
enum SampleFormat: String, CaseIterable, ExpressibleByArgument {
    /// One sample a line, as the http publisher would post it.
    case jsonl
    /// One array a cycle.
    case json
    /// For people, with the reasons why meters are missing.
    case table

    /// A cycle's samples, and, for a table, what is missing.
    func render(_ samples: [Sample], _ instances: [InstanceReport]) -> [UInt8] {
        switch self {
        case .jsonl:
            var writer = JSONWriter(capacity: samples.count * 1024)
            for sample in samples {
                writer.sample(sample)
                writer.raw("\n")
            }
            return writer.bytes
        case .json:
            var writer = JSONWriter(capacity: samples.count * 1024)
            writer.raw("[")
            for (index, sample) in samples.enumerated() {
                if index > 0 { writer.raw(", ") }
                writer.sample(sample)
            }
            writer.raw("]\n")
            return writer.bytes
        case .table:
            return Array(SampleTable(samples, instances).text.utf8)
        }
    }
}
