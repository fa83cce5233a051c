import Foundation
import Telemetry
import Testing

@testable import Publishers

/// `Fixtures/gnocchi.json`: what Ceilometer's publisher sent to Gnocchi, and what Gnocchi answers.
struct GnocchiGolden {
    /// The samples of the first step.
    let samples: [Sample]
    /// Requests, step by step.
    let steps: [[Request]]
    /// The compute resource types after `ceilometer-upgrade`.
    let types: [MetadataValue]
    /// What Gnocchi 4.7.1 answers to requests with a fault.
    let answers: [String: Answer]
    /// Paths, and what python-jsonpath-rw finds by them.
    let paths: [(path: String, value: MetadataValue)]

    struct Request {
        let method: String
        let path: String
        let body: MetadataValue
    }

    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    init() throws {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/gnocchi.json")
        let golden = try OrderedJSON.parse(Array(try Data(contentsOf: url)))
        samples = try #require(golden["samples"]).elements.map(Sample.init(golden:))
        steps = try #require(golden["steps"]).elements.map { step in
            try #require(step["requests"]).elements.map { request in
                Request(
                    method: try #require(request["method"]?.text), path: try #require(request["path"]?.text),
                    body: try #require(request["body"]))
            }
        }
        types = try #require(golden["types"]).elements
        var answers: [String: Answer] = [:]
        for answer in try #require(golden["answers"]).elements {
            answers[try #require(answer["request"]?.text)] = Answer(
                status: Int(try #require(answer["status"]?.integer)), body: Array((answer["body"]?.text ?? "").utf8))
        }
        self.answers = answers
        paths = try #require(golden["paths"]).elements.map {
            (try #require($0["path"]?.text), try #require($0["value"]))
        }
    }

    /// The samples of the first step, of another time, with other metadata if given.
    func samples(at time: String, changing: (name: String, value: String)? = nil) throws -> [Sample] {
        let time = try #require(Timestamp(time))
        var resources: [ObjectIdentifier: Resource] = [:]
        return samples.map { sample in
            let old = sample.resource
            let resource =
                resources[ObjectIdentifier(old)]
                ?? Resource(
                    id: old.id, userID: old.userID, projectID: old.projectID, source: old.source,
                    metadata: changing.map { old.metadata.adding([.init($0.name, .string($0.value))]) } ?? old.metadata)
            resources[ObjectIdentifier(old)] = resource
            return Sample(
                id: sample.id, meter: sample.meter, resource: resource, volume: sample.volume, timestamp: time)
        }
    }
}

extension MetadataValue {
    /// The value with the members of its objects in the order of their names, since that order says nothing.
    var sorted: MetadataValue {
        switch self {
        case .object(let fields):
            .object(fields.map { .init($0.name, $0.value.sorted) }.sorted { $0.name < $1.name })
        case .array(let values): .array(values.map(\.sorted))
        default: self
        }
    }

    /// The object without a member.
    func without(_ name: String) -> MetadataValue {
        guard case .object(let fields) = self else { return self }
        return .object(fields.filter { $0.name != name })
    }
}
