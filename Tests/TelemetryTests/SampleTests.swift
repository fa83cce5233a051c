import Foundation
import Fuzzing
import Telemetry
import Testing

/// A sample's JSON, of which meters and resources keep their parts encoded.
struct SampleTests {
    private let id = SampleID(high: 0xC232_AB00_9414_11EC, low: 0xB3C8_9F6B_DECE_D846)

    private func json(_ sample: Sample) -> [UInt8] {
        var writer = JSONWriter()
        writer.sample(sample)
        return writer.bytes
    }

    /// The expectation is the output of `json.dumps` for the dictionary that Ceilometer's http publisher posts.
    @Test func theObjectAsPythonWritesIt() {
        let resource = Resource(
            id: "6e7d0001-0000-4000-8000-000000000001", userID: "u1", projectID: nil, projectName: "Zoë",
            source: "openstack",
            metadata: Metadata([
                .init("display_name", .string("a\"b")), .init("vcpus", .integer(2)), .init("ramdisk_id", .null),
            ]))
        let sample = Sample(
            id: id, meter: Meter(name: "memory.usage", type: .gauge, unit: "MB"), resource: resource,
            volume: .real(2048), timestamp: Timestamp(microseconds: 1_795_373_236_072_568))
        #expect(
            String(decoding: json(sample), as: UTF8.self)
                == #"{"name": "memory.usage", "type": "gauge", "unit": "MB", "volume": 2048.0, "user_id": "u1", "#
                + #""user_name": null, "project_id": null, "project_name": "Zo\u00eb", "#
                + #""resource_id": "6e7d0001-0000-4000-8000-000000000001", "#
                + #""timestamp": "2026-11-22T18:47:16.072568", "resource_metadata": {"display_name": "a\"b", "#
                + #""vcpus": 2, "ramdisk_id": null}, "source": "openstack", "#
                + #""id": "c232ab00-9414-11ec-b3c8-9f6bdeced846", "monotonic_time": null}"#)
    }

    /// A part of a resource shares its JSON, and says what a resource that was made at once would.
    @Test(arguments: 0..<30)
    func aPartIsAsIfMadeAtOnce(seed: Int) {
        var random = SplitMix(seed: seed)
        func fields(_ most: Int) -> [MetadataValue.Field] {
            // Few names, so that one often takes another's place.
            (0..<Int.random(in: 0...most, using: &random)).map { _ in
                .init(["a", "b", "c", "d"].randomElement(using: &random) ?? "", .string(.random(&random)))
            }
        }
        let (base, first, second) = (fields(3), fields(2), fields(2))
        let whole = Resource(id: "i", userID: "u", projectID: nil, source: "s", metadata: Metadata(base))
        let part = whole.part(id: "i-vda", adding: first)
        let partOfPart = part.part(adding: second)
        func json(_ resource: Resource) -> String {
            let sample = Sample(
                id: id, meter: Meter(name: "m", type: .gauge, unit: "B"), resource: resource, volume: .integer(1),
                timestamp: Timestamp(microseconds: 0))
            return String(decoding: self.json(sample), as: UTF8.self)
        }
        func atOnce(_ more: [MetadataValue.Field]) -> Resource {
            Resource(id: "i-vda", userID: "u", projectID: nil, source: "s", metadata: Metadata(base + more))
        }
        #expect(json(part) == json(atOnce(first)))
        #expect(json(partOfPart) == json(atOnce(first + second)))
        #expect(partOfPart.metadata == Metadata(base + first + second))
    }

    /// What a straightforward encoder makes of the same properties.
    @Test(arguments: 0..<20)
    func theObjectIsWhatJSONEncoderSays(seed: Int) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<20 {
            func text() -> String { String.random(&random) }
            func maybe() -> String? { Bool.random(using: &random) ? text() : nil }
            let type = MeterType.allCases[Int.random(in: 0..<3, using: &random)]
            let meter = Meter(name: text(), type: type, unit: text())
            let fields = (0..<Int.random(in: 0...5, using: &random)).map {
                MetadataValue.Field("\($0)" + text(), .text(maybe()))
            }
            let resource = Resource(
                id: text(), userID: maybe(), projectID: maybe(), userName: maybe(), projectName: maybe(),
                source: text(), metadata: Metadata(fields))
            let volume = Int64.random(in: .min ... .max, using: &random)
            let time = Timestamp(microseconds: Int64.random(in: 0...4_000_000_000_000_000, using: &random))
            let sample = Sample(
                id: id, meter: meter, resource: resource, volume: .integer(Int128(volume)), timestamp: time)

            let expected = Expected(sample, volume: volume, fields: fields)
            let oracle = try JSONSerialization.jsonObject(with: JSONEncoder().encode(expected)) as? NSDictionary
            let actual = try JSONSerialization.jsonObject(with: Data(json(sample))) as? NSDictionary
            #expect(try #require(actual) == #require(oracle))
        }
    }

    @Test func oneResourceServesManySamples() throws {
        let resource = Resource(id: "r", userID: nil, projectID: nil, source: "s", metadata: Metadata())
        let meter = Meter(name: "cpu", type: .cumulative, unit: "ns")
        for volume in [Int128(1), 2, Int128(UInt64.max) + 1] {
            let sample = Sample(
                id: id, meter: meter, resource: resource, volume: .integer(volume),
                timestamp: Timestamp(microseconds: 0))
            let text = String(decoding: json(sample), as: UTF8.self)
            #expect(
                text.hasPrefix(#"{"name": "cpu", "type": "cumulative", "unit": "ns", "volume": \#(volume), "user_id""#))
            #expect(text.hasSuffix(#", "id": "\#(id)", "monotonic_time": null}"#))
        }
    }

    @Test func metersAreEqualByTheirProperties() {
        let meter = Meter(name: "cpu", type: .cumulative, unit: "ns")
        #expect(meter == Meter(name: "cpu", type: .cumulative, unit: "ns"))
        #expect(meter != Meter(name: "cpu", type: .cumulative, unit: "s"))
        #expect(meter != Meter(name: "cpu", type: .gauge, unit: "ns"))
        #expect(meter != Meter(name: "vcpus", type: .cumulative, unit: "ns"))
    }
}

/// A sample for `JSONEncoder`, which leaves out an optional that is `nil`, unless told to encode it.
private struct Expected: Encodable {
    let texts: [(String, String?)]
    let volume: Int64
    let metadata: Fields

    init(_ sample: Sample, volume: Int64, fields: [MetadataValue.Field]) {
        let resource = sample.resource
        texts = [
            ("name", sample.meter.name), ("type", sample.meter.type.rawValue), ("unit", sample.meter.unit),
            ("user_id", resource.userID), ("user_name", resource.userName), ("project_id", resource.projectID),
            ("project_name", resource.projectName), ("resource_id", resource.id),
            ("timestamp", sample.timestamp.description), ("source", resource.source), ("id", sample.id.description),
            ("monotonic_time", nil),
        ]
        self.volume = volume
        metadata = Fields(fields: fields)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (key, text) in texts { try container.encode(text, forKey: Key(key)) }
        try container.encode(volume, forKey: Key("volume"))
        try container.encode(metadata, forKey: Key("resource_metadata"))
    }

    struct Fields: Encodable {
        let fields: [MetadataValue.Field]

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            for field in fields {
                if case .string(let text) = field.value {
                    try container.encode(text, forKey: Key(field.name))
                } else {
                    try container.encodeNil(forKey: Key(field.name))
                }
            }
        }
    }
}

private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
