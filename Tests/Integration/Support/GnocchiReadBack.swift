import Foundation
import Testing

/// What a real Gnocchi holds, compared with what a `file://` publisher got of the same samples: point by point, to the
/// last digit.
enum GnocchiReadBack {
    /// Every meter, at a resolution at which each poll can be read back.
    static let definition = """
        archive_policy_default: seconds
        archive_policies:
          - {name: seconds, aggregation_methods: [mean], back_window: 0, definition: [{granularity: 1s, timespan: 1d}]}
        resources:
          - resource_type: instance
            metrics: [cpu, vcpus, memory, "memory.*", power.state, "disk.root.size", "disk.ephemeral.size"]
            attributes: &instance
              host: resource_metadata.instance_host
              display_name: resource_metadata.display_name
              flavor_id: resource_metadata.flavor.id
              flavor_name: resource_metadata.flavor.name
          - resource_type: instance_disk
            metrics: ["disk.device.*"]
            attributes: {name: resource_metadata.disk_name, instance_id: resource_metadata.instance_id}
          - resource_type: instance_network_interface
            metrics: ["network.*", "!network.*.delta"]
            attributes: {name: resource_metadata.vnic_name, instance_id: resource_metadata.instance_id}
        """

    /// A sample as `file://` has it.
    struct Witness: Decodable {
        let name: String
        let unit: String
        let volume: Double
        let resource_id: String
        let project_id: String?
        let timestamp: String

        /// The moment, cut to the second.
        var second: String { String(timestamp.prefix(19)) }
    }

    /// The samples in a witness's file that the definition sends to Gnocchi.
    static func witness(_ path: String) throws -> [Witness] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .map { try JSONDecoder().decode(Witness.self, from: Data($0.utf8)) }
            .filter { !$0.name.hasSuffix(".delta") && !$0.name.hasPrefix("perf.") }
    }

    /// Every poll that the file has is in Gnocchi, with its value and unit, and nothing else is. `killed`: a poll in which
    /// the agent was killed may be in the outbox and not in the file.
    static func compare(_ gnocchi: GnocchiBed, with path: String, killed: Int = 0) async throws {
        let series = Dictionary(grouping: try witness(path)) { [$0.resource_id.replacing("/", with: "_"), $0.name] }
        var found: [[String]: GnocchiBed.Metric] = [:]
        for metric in try await gnocchi.measures() {
            #expect(found.updateValue(metric, forKey: [metric.original, metric.metric]) == nil, "doubled: \(metric)")
        }
        #expect(series.count >= 25)
        #expect(Set(found.keys) == Set(series.keys))
        var points = 0
        for (key, samples) in series {
            let metric = try #require(found[key], "\(key)")
            let values = metric.values
            // Polls that fell into one second are one point of this policy.
            let expected = Dictionary(grouping: samples, by: \.second)
                .mapValues { points in points.map(\.volume).reduce(0, +) / Double(points.count) }
            #expect(Set(expected.keys).subtracting(values.keys).isEmpty, "\(key)")
            #expect(Set(values.keys).subtracting(expected.keys).count <= killed, "\(key)")
            for (second, value) in expected { #expect(values[second] == value, "\(key) \(second)") }
            #expect(metric.unit == samples.first?.unit && metric.policy == "seconds")
            points += expected.count
        }
        print("FAULT gnocchi: \(points) points of \(series.count) metrics read back, lost 0, doubled 0")
    }
}
