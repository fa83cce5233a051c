import Foundation
import Testing

/// One fault of several that a bed is put through. Its failure is recorded and must not keep the others from being tried.
func fault(
    _ name: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    let began = ContinuousClock.now
    do {
        try await body()
    } catch {
        Issue.record("\(name): \(error)", sourceLocation: sourceLocation)
    }
    print("FAULT \(name): took \(seconds((ContinuousClock.now - began) / .seconds(1))) s")
}

/// Whether the long tests are wanted (`Tests/run.sh --full`).
var isFullTest: Bool { ProcessInfo.processInfo.environment["AEROSTAT_TEST_FULL"] != nil }

/// Seconds to a tenth, for the lines that tests print.
func seconds(_ value: Double) -> String { String(format: "%.1f", value) }
