import Outbox
import Telemetry
import Testing

@testable import Publishers

struct HTTPEncoderTests {
    private func ids(_ payload: Payload) throws -> [String] {
        let value = try OrderedJSON.parse(payload.body)
        let elements = if case .array(let elements) = value { elements } else { [value] }
        return elements.compactMap { $0["resource_id"]?.text }
    }

    @Test(arguments: [(0, []), (1, [1]), (999, [999]), (1000, [1000]), (1001, [1000, 1]), (2500, [1000, 1000, 500])])
    func bodiesOfAtMostAThousand(_ count: Int, _ sizes: [Int]) throws {
        let payloads = HTTPEncoder(batch: true, maxSamples: 1000, signature: nil).payloads(for: Make.samples(count))
        #expect(payloads.map(\.samples) == sizes)
        #expect(try payloads.flatMap(ids) == (0..<count).map { "r-\($0)" })
    }

    @Test func oneBodyEach() throws {
        let payloads = HTTPEncoder(batch: false, maxSamples: 1000, signature: nil).payloads(for: Make.samples(3))
        #expect(payloads.map(\.samples) == [1, 1, 1])
        #expect(payloads.map { $0.body.first } == [UInt8](repeating: UInt8(ascii: "{"), count: 3))
        #expect(payloads.map(\.first) == [1000, 1001, 1002].map { Timestamp(seconds: $0) })
    }

    @Test func spanOfTime() {
        let samples = [5, 2, 9].map { Make.sample($0) }
        let payload = HTTPEncoder(batch: true, maxSamples: 10, signature: nil).payloads(for: samples).first
        #expect(payload?.first == Timestamp(seconds: 1002))
        #expect(payload?.last == Timestamp(seconds: 1009))
    }

    @Test func whatIsNotFiniteDoesNotLeave() throws {
        let volumes: [Volume] = [.real(.nan), .integer(1), .real(.infinity), .real(-.infinity), .real(2.5)]
        let samples = volumes.enumerated().map { Make.sample($0.offset, volume: $0.element) }
        let payloads = HTTPEncoder(batch: true, maxSamples: 10, signature: nil).payloads(for: samples)
        #expect(try payloads.map(ids) == [["r-1", "r-4"]])
        #expect(HTTPEncoder(batch: true, maxSamples: 10, signature: nil).payloads(for: [samples[0]]).isEmpty)
    }

    @Test func splitsDownToSingleSamples() throws {
        let encoder = HTTPEncoder(batch: true, maxSamples: 1000, signature: nil)
        let metadata = [MetadataValue.Field("odd", .array([.string("],[\"{\\"), .object([]), .array([])]))]
        for count in 1...33 {
            let samples = (0..<count).map { Make.sample($0, metadata: metadata) }
            var waiting = Array(encoder.payloads(for: samples))
            var single: [Payload] = []
            while let payload = waiting.popLast() {
                guard let (first, second) = encoder.split(payload) else {
                    single.append(payload)
                    continue
                }
                #expect(first.samples + second.samples == payload.samples)
                #expect(abs(first.samples - second.samples) <= 1)
                #expect(first.first == payload.first && second.last == payload.last)
                waiting += [second, first]
            }
            #expect(single.map(\.samples) == [Int](repeating: 1, count: count))
            #expect(try single.flatMap(ids) == (0..<count).map { "r-\($0)" })
            // The very bytes that each sample has alone.
            let alone = HTTPEncoder(batch: true, maxSamples: 1, signature: nil).payloads(for: samples)
            #expect(single.map(\.body) == alone.map(\.body))
        }
    }

    @Test(arguments: ["", "{}", "[1]", "[]", "[1,", "[1, 2", "[1, \"2]", "[1, 2]]", "[,1]", "[1,]", "null"])
    func whatCannotBeSplit(_ text: String) {
        let payload = Payload(
            body: Array(text.utf8), samples: 2, first: Timestamp(seconds: 0), last: Timestamp(seconds: 0))
        #expect(HTTPEncoder(batch: true, maxSamples: 10, signature: nil).split(payload) == nil)
    }
}
