import Telemetry
import Testing

@testable import collector

@Suite struct SampleBodyTests {
    private func body(_ text: String) throws(MalformedBody) -> SampleBody { try SampleBody(Array(text.utf8)) }

    @Test func anArrayKeepsItsOrderAndItsBytes() throws {
        let first = sampleJSON("memory.usage", "517.578125")
        let second = sampleJSON("cpu", "3300000030")
        let body = try body(" [\(first), \(second)]\n")
        #expect(body.samples.map(\.meter) == ["memory.usage", "cpu"])
        #expect(body.samples.map(\.volume) == [517.578125, 3_300_000_030])
        #expect(String(decoding: body.lines, as: UTF8.self) == "\(first)\n \(second)\n")
    }

    @Test func oneSampleStandsForAnArray() throws {
        let sample = try #require(try body(sampleJSON("memory", "2048.0")).samples.first)
        #expect(sample.instance == "a0000000-0000-4000-8000-000000000001")
        #expect(sample.displayName == "Zürich-😀")
        #expect(sample.project == "c2334f175d8b4cb8b1db49d83cecde78")
        #expect(sample.timestamp == Timestamp("2026-11-22T18:47:16.072568"))
    }

    @Test func aSampleOnSeveralLinesBecomesOneLine() throws {
        let lines = try body(sampleJSON("memory", "1").replacing(", ", with: ",\r\n  ")).lines
        #expect(lines.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(!lines.contains(UInt8(ascii: "\r")))
    }

    @Test func withoutAnInstanceIDTheResourceCounts() throws {
        let json = #"{"name": "m", "volume": 1, "resource_id": "r", "timestamp": "2026-01-01T00:00:00"}"#
        #expect(try body(json).samples.first?.instance == "r")
    }

    @Test func bracketsAndQuotesInTextDoNotCut() throws {
        let json = #"{"name": "a]},[{\"\\", "volume": 1, "resource_id": "r", "timestamp": "2026-01-01T00:00:00"}"#
        #expect(try body("[\(json),\(json)]").samples.map(\.meter) == ["a]},[{\"\\", "a]},[{\"\\"])
    }

    @Test func anEmptyArrayIsNoSample() throws {
        let body = try body(" [ ] ")
        #expect(body.samples.isEmpty && body.lines.isEmpty)
    }

    @Test(arguments: [
        ("", "the body is empty; expected a JSON array of samples"),
        ("hello", "the body is no JSON; expected an array of samples, or one sample"),
        ("[{}] x", "something follows the array of samples"),
        ("[{}", "the array of samples does not end: the body is cut off, or a bracket is missing"),
        (#"[{"a": "]"#, "the array of samples does not end: the body is cut off, or a bracket is missing"),
        (#"[{"volume": 1, "resource_id": "r", "timestamp": "2026-01-01T00:00:00"}]"#, #"sample 1: "name" is missing"#),
        (
            #"[{"name": "m", "volume": 1, "resource_id": "r", "timestamp": "noon"}]"#,
            #"sample 1: timestamp: "noon" is no time; expected one like 2026-11-22T18:00:00.123456"#
        ),
    ])
    func whatIsWrongIsSaid(text: String, message: String) {
        #expect(throws: MalformedBody(message)) { try body(text) }
    }

    @Test(arguments: [
        "[{]}", "[}", "[,]", "[1]", "[{} {}]", "{", "{\"name\": NaN}", "[{},]", "[[]]",
        #"{"name": "m", "volume": null, "resource_id": "r", "timestamp": "2026-01-01T00:00:00"}"#,
        #"{"name": "m", "volume": "1", "resource_id": "r", "timestamp": "2026-01-01T00:00:00"}"#,
    ])
    func malformedBodiesAreRefusedInOneLine(text: String) {
        let error = #expect(throws: MalformedBody.self) { try body(text) }
        #expect(error?.description.contains("\n") == false)
    }
}
