import Foundation
import Telemetry
import Testing

@testable import Pipeline

/// The transformers of Ceilometer 8.1.5 were given these samples; here they must answer the same. Not among them is what
/// docs/differences.md names.
@Suite struct TransformerGoldenTests {
    private struct Recorded: Decodable {
        let cycles: [Cycle]
        let metadata: [JSONValue]
    }

    private struct Cycle: Decodable {
        let now: String
        let samples: [Row]
        let expected: [Row]
        let errors: Int
    }

    private struct Row: Decodable {
        let name: String
        let type: String
        let unit: String
        let volume: String
        let userID: String
        let projectID: String
        let resourceID: String
        let timestamp: String
        let metadata: Int

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            name = try container.decode(String.self)
            type = try container.decode(String.self)
            unit = try container.decode(String.self)
            volume = try container.decode(String.self)
            userID = try container.decode(String.self)
            projectID = try container.decode(String.self)
            resourceID = try container.decode(String.self)
            timestamp = try container.decode(String.self)
            metadata = try container.decode(Int.self)
        }

        func sample(_ table: [JSONValue]) throws -> Sample {
            guard case .object(let fields) = table[metadata].metadata else { throw CocoaError(.coderInvalidValue) }
            let isReal = volume.contains { ".en".contains($0) }
            return Sample(
                id: SampleID(high: 1, low: 1),
                meter: Meter(name: name, type: try #require(MeterType(rawValue: type)), unit: unit),
                resource: Resource(
                    id: resourceID, userID: userID, projectID: projectID, source: "openstack",
                    metadata: Metadata(fields)),
                volume: isReal ? .real(try #require(Double(volume))) : .integer(try #require(Int128(volume))),
                timestamp: try #require(Timestamp(timestamp)))
        }
    }

    /// All that counts of a sample.
    private static func shown(_ sample: Sample) -> String {
        var writer = JSONWriter()
        writer.value(.object(sample.resource.metadata.fields))
        return "\(sample.meter.name) \(sample.meter.type) \(sample.meter.unit) \(sample.volume) "
            + "\(sample.resource.userID ?? "") \(sample.resource.projectID ?? "") \(sample.resource.id) "
            + "\(sample.timestamp) \(String(decoding: writer.bytes, as: UTF8.self))"
    }

    @Test func samplesAreThoseOfCeilometer() throws {
        let url = try #require(
            Bundle.module.url(forResource: "ocata/transformers", withExtension: "jsonl", subdirectory: "Fixtures"))
        let lines = try Data(contentsOf: url).split(separator: UInt8(ascii: "\n"))
        #expect(lines.count >= 300)
        for (number, line) in lines.enumerated() {
            let recorded = try JSONDecoder().decode(Recorded.self, from: line)
            // The transformers are the first value of the line; JSON is YAML.
            let text = String(decoding: line, as: UTF8.self)
            let start = try #require(text.firstRange(of: "{\"transformers\":")?.upperBound)
            let end = try #require(text.firstRange(of: ",\"cycles\":")?.lowerBound)
            let transformers = String(text[start..<end])
            let (read, told) = TransformerBench.read(transformers)
            var chain = try #require(read, "line \(number + 1): \(transformers): \(told)")
            for (index, cycle) in recorded.cycles.enumerated() {
                let samples = try cycle.samples.map { try $0.sample(recorded.metadata) }
                let output = chain.run(
                    samples, now: try #require(Timestamp(cycle.now)), monotonicTime: nil, longestInterval: 1)
                let expected = try cycle.expected.map { try Self.shown($0.sample(recorded.metadata)) }
                #expect(
                    output.samples.map(Self.shown) == expected,
                    "line \(number + 1), cycle \(index): \(transformers)")
            }
        }
    }
}
