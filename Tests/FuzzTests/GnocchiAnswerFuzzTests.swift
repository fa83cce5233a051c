import Configuration
import Fuzzing
import Outbox
import Telemetry
import TestServers
import Testing
import Transfer

@testable import Publishers

/// Whatever Gnocchi, or what stands before it, answers: it is understood without a trap, nothing is put aside that
/// Gnocchi has not refused, and what is divided is all there.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct GnocchiAnswerFuzzTests {
    private static let dictionary = FuzzDictionary(
        [
            "{\"code\": 400, \"title\": \"Bad Request\", \"description\": ", "\"code\": 400", "\"code\": 409",
            "\"description\": null", "{\"cause\": \"Unknown resources\", \"detail\": [", "\"cause\": \"Invalid input\"",
            "{\"resource_id\": \"x\", \"original_resource_id\": \"r1\"}", "\"original_resource_id\": ", "\"detail\": [",
            "[\"r1\", \"cpu\", \"measures\"]", "\"r0\"", "\"r1\"", "\"cpu\"", "\"measures\"", "\"reason\": ",
            "Archive policy ", " does not exist", "Archive policy ceilometer-low does not exist", "Resource type ",
            "null", "NaN", "1e400", "\\u0000", "\\ud800", "<html>", "}}", "]}", "true",
        ], nesting: [("[", "]"), ("{\"a\":", "}"), ("{\"description\":", "}")])

    private static func payload() throws -> (payload: Payload, definition: GnocchiDefinition) {
        var files = PublisherFiles()
        _ = files.read(for: "gnocchi+http://h", at: nil)
        let definition = try #require(files.definition(nil))
        let encoder = GnocchiEncoder(definition: definition, maxMetrics: 100) { _, _ in }
        let samples = (0..<3).flatMap { number in
            let resource = Resource(
                id: "r\(number)", userID: "u", projectID: "p", source: "o", metadata: Metadata())
            return ["cpu", "memory"].map { meter in
                Sample(
                    id: SampleID(high: 1, low: 1), meter: Meter(name: meter, type: .gauge, unit: "u"),
                    resource: resource, volume: .integer(1), timestamp: Timestamp(seconds: 1000))
            }
        }
        return (try #require(encoder.payloads(for: samples).first), definition)
    }

    /// Answers every request with the status and body that it was given.
    private struct Parrot: GnocchiEndpoint {
        let answer: TransferResponse

        func response(to request: GnocchiRequest) async throws(GnocchiFailure) -> TransferResponse { answer }

        var present: Timestamp { Timestamp(seconds: 1000) }

        func judge(_ request: GnocchiRequest) -> HTTPDelivery {
            HTTPDelivery(target: "http://h\(request.path)", credentials: nil)
        }

        func filteredProject() async throws(GnocchiFailure) -> String? { nil }

        func creator() async throws(GnocchiFailure) -> String? { nil }
    }

    @Test func answers() async throws {
        let (payload, definition) = try Self.payload()
        let corpus = try Corpus.folder("gnocchi")
        try await Fuzzer(
            "gnocchi", corpus: corpus, dictionary: Self.dictionary, budget: FuzzBudget(tries: 2000, minutes: 1)
        ).run(accepting: 0.01) { bytes in
            var kinds: [String] = []
            for status in [200, 202, 400, 404, 409, 503] {
                let delivery = GnocchiDelivery(
                    endpoint: Parrot(answer: TransferResponse(status: status, body: bytes)), definition: definition,
                    file: nil, notes: PublisherNotes(publisher: "p") { _ in }, now: { Timestamp(seconds: 1000) })
                let outcome = await delivery.deliver(payload)
                switch outcome {
                case .delivered: try demand(status == 202, "no delivery by \(status)")
                case .rejected: try demand(false, "a payload of several metrics is divided, not put aside")
                case .divided(let first, let second, let reason):
                    try demand(status == 400, "no division by \(status)")
                    try demand(first.samples + second.samples == payload.samples, "all samples")
                    try demand(first.samples > 0 && second.samples > 0, "two parts")
                    try demand(reason.isOneLine && !reason.isEmpty, "a line: \(reason.debugDescription)")
                case .retry(_, let reason), .refused(let reason), .tooLarge(let reason):
                    try demand(reason.isOneLine && !reason.isEmpty, "a line: \(reason.debugDescription)")
                }
                kinds.append("\(outcome)".prefix { $0 != "(" } + "")
            }
            let error = GnocchiError(TransferResponse(status: 400, body: bytes))
            return Trial(isAccepted: error != nil, trait: "\(kinds) \(error?.cause ?? "-")")
        }
    }

    /// Whatever a payload's bytes are, they are a batch or none, and a batch reads itself again.
    @Test func payloads() async throws {
        let (payload, _) = try Self.payload()
        let corpus = try Corpus.folder("gnocchi-payload")
        let dictionary = FuzzDictionary(
            [
                "{\"measures\":[", "\"timestamp\":\"", "\"attributes\":{", "\"metrics\":{", "\"id\":\"", "\\\"",
                "\\u00e9", "[]", "{}",
            ],
            nesting: [("[", "]"), ("{\"a\":", "}")])
        try await Fuzzer(
            "gnocchi-payload", corpus: corpus, dictionary: dictionary, budget: FuzzBudget(tries: 2000, minutes: 0.5)
        ).run(accepting: 0.01) { bytes in
            guard let batch = GnocchiBatch(bytes) else { return Trial(isAccepted: false, trait: "none") }
            let again = batch.payload(first: payload.first, last: payload.last)
            let second = try #require(GnocchiBatch(again.body))
            try demand(second.measures == batch.measures, "the same measures")
            try demand(second.metricCount == batch.metricCount, "the same metrics")
            if let halves = batch.halves {
                try demand(halves.0.metricCount + halves.1.metricCount == batch.metricCount, "every metric")
            }
            for resource in batch.resources { _ = resource.creation }
            return Trial(isAccepted: true, trait: "\(batch.resources.count) \(batch.metricCount)")
        }
    }
}
