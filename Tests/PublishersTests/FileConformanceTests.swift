import Configuration
import Foundation
import Outbox
import TestServers
import Testing

@testable import Publishers

/// Every case of Ceilometer's file publisher.
@Suite(.timeLimit(.minutes(1)))
struct FileConformanceTests {
    @Test func sameBytesAreWritten() async throws {
        let cases = try GoldenCase.all("file").filter { !$0.files.isEmpty }
        #expect(cases.count == 4)
        for golden in cases {
            let folder = try TemporaryFolder()
            let url = golden.url.replacingOccurrences(of: "/DIR", with: folder.url.path)
            // Each sample on its own and all at once must come to the same.
            for maxSamples in [1, 1000] {
                let publisher = try #require(Make.publisher(url, maxSamples: maxSamples).publisher)
                for payload in publisher.payloads(for: golden.samples) {
                    #expect(await publisher.deliver(payload) == .delivered, "\(golden.name)")
                }
                let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
                #expect(Set(names) == Set(golden.files.keys), "\(golden.name)")
                for (name, text) in golden.files {
                    #expect(try String(contentsOfFile: folder.path(name), encoding: .utf8) == text, "\(golden.name)")
                }
                for name in names { try FileManager.default.removeItem(atPath: folder.path(name)) }
            }
        }
    }

    @Test(arguments: ["bad max_bytes", "no path"])
    func whatWritesNothingThereIsAnErrorHere(_ name: String) throws {
        let golden = try #require(try GoldenCase.all("file").first { $0.name == name })
        #expect(golden.files.isEmpty)
        let (publisher, diagnostics) = Make.publisher(golden.url)
        #expect(publisher == nil)
        #expect(diagnostics.contains { $0.severity == .error && $0.location == Make.place })
    }

    @Test func missingDirectoryIsToldAndTriedAgain() async throws {
        let golden = try #require(try GoldenCase.all("file").first { $0.name == "missing directory" })
        let publisher = try #require(Make.publisher(golden.url).publisher)
        var files = PublisherFiles()
        let diagnostics = files.read(for: golden.url, at: Make.place)
        #expect(diagnostics.map(\.severity) == [.warning])
        #expect(diagnostics.first?.message.contains("/nonexistent/dir cannot be written to") == true)
        let delivery = await publisher.deliver(try #require(publisher.payloads(for: golden.samples).first))
        #expect(delivery.kind == "retry")
        #expect(delivery.reason.contains("/nonexistent/dir/x: No such file or directory"))
    }
}
