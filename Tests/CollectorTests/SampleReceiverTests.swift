import FlyingFox
import FoundationEssentials
import Telemetry
import Testing

@testable import collector

@Suite struct SampleReceiverTests {
    private let collector = Collector()

    private func post(_ body: String, method: HTTPMethod = .POST, largest: Int = 1 << 20) async throws -> (Int, String)
    {
        let request = HTTPRequest(
            method: method, version: .http11, path: "/v1/samples", query: [], headers: [:], body: Data(body.utf8))
        let response = try await SampleReceiver(collector: collector, largest: largest).handleRequest(request)
        return (response.statusCode.code, String(decoding: try await response.bodyData, as: UTF8.self))
    }

    @Test func samplesAreTaken() async throws {
        #expect(try await post("[\(sampleJSON("memory.usage", "20.5"))]") == (200, "1 samples taken\n"))
        #expect(await collector.received == (1, 1))
        #expect(await collector.rows(at: .now).first?.figures == [.usage: 20.5])
    }

    @Test func aBadBodyIsRefusedWholly() async throws {
        let (code, line) = try await post("[\(sampleJSON("memory.usage", "20.5")), {}]")
        #expect(code == 400)
        #expect(line.hasPrefix("sample 2: "))
        #expect(await collector.received == (0, 0))
    }

    @Test func onlyAPostBrings() async throws {
        #expect(try await post("", method: .GET).0 == 405)
    }

    @Test func aBodyHasALimit() async throws {
        let sample = sampleJSON("memory", "1")
        #expect(try await post(sample, largest: sample.utf8.count - 1).0 == 413)
        #expect(try await post(sample, largest: sample.utf8.count).0 == 200)
    }

    /// The whole way: a server on a free port, requests over one loopback connection each, the file.
    @Test func theFileHoldsEverySampleThatWasAnswered() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "collector-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "samples.jsonl")
        let journal = try await Descriptor(appendingTo: file.path(percentEncoded: false))
        let server = try ListenAddress.standard.makeServer(
            handler: SampleReceiver(collector: collector, journal: journal))
        let running = Task { try await server.run() }
        try await server.waitUntilListening()
        let port = try #require(await server.port)
        for path in ["/", "/v1/samples", "/any/path"] {
            let request = HTTPRequest(
                method: .POST, version: .http11, path: path, query: [], headers: [.host: "127.0.0.1"],
                body: Data("[\(sampleJSON("memory", "1")), \(sampleJSON("cpu", "2"))]".utf8))
            let response = try await ListenAddress.standard.with(port: port).send(request)
            #expect(response.statusCode == .ok)
        }
        let lines = try String(decoding: Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 6)
        running.cancel()
        _ = await running.result
        try FileManager.default.removeItem(at: folder)
    }
}
