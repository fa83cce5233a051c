import Foundation

/// A real Gnocchi of a test's own (`Tests/TestBed/gnocchi.sh`).
struct GnocchiBed: Sendable {
    private let script: String
    private let state: String
    /// `http://127.0.0.1:PORT`
    let url: String

    /// Starts one, with basic authentication or with that of the Keystone at a URL. Ended by `down`.
    static func own(keystone: String? = nil) async throws -> GnocchiBed {
        guard let bed = ProcessInfo.processInfo.environment["AEROSTAT_TEST_BED"] else {
            throw CommandError(description: "AEROSTAT_TEST_BED is not set: run these tests by Tests/run.sh")
        }
        // Short: a unix socket lives in it.
        let state = "/tmp/aero-\(UInt32.random(in: 0...UInt32.max))"
        let script = bed + "/gnocchi.sh"
        do {
            let environment = keystone.map { ["GNOCCHI_KEYSTONE": $0] } ?? [:]
            let url = try await call(script, state, ["up"], environment, within: 240)
            return GnocchiBed(script: script, state: state, url: url)
        } catch {
            try await call(script, state, ["down"], within: 60)
            throw error
        }
    }

    func down() async throws { try await call("down") }

    /// One command of gnocchi.sh; its output.
    @discardableResult
    func call(_ arguments: String...) async throws -> String {
        try await Self.call(script, state, arguments, within: 150)
    }

    var port: UInt16 { url.split(separator: ":").last.flatMap { UInt16($0) } ?? 0 }

    @discardableResult
    private static func call(
        _ script: String, _ state: String, _ arguments: [String], _ environment: [String: String] = [:],
        within seconds: Double
    ) async throws -> String {
        let result = try await run(
            script, arguments, environment: environment.merging(["GNOCCHI_STATE": state]) { $1 }, within: seconds)
        guard result.status == 0 else {
            throw CommandError(description: "gnocchi.sh \(arguments): status \(result.status): \(result.errors)")
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A metric as gnocchiclient shows it.
    struct Metric: Decodable {
        let resource: String
        let original: String
        let type: String
        let creator: String
        let ended_at: String?
        let metric: String
        let unit: String?
        let policy: String
        let measures: [Measure]

        /// Their values by the second. Measures of a second are one in an archive policy of a second.
        var values: [String: Double] { Dictionary(measures.map { ($0.second, $0.value) }) { $1 } }
    }

    /// `["2026-11-22T18:00:00+00:00", 562.5]`
    struct Measure: Decodable {
        /// The moment, cut to the second.
        let second: String
        let value: Double

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            second = String(try container.decode(String.self).prefix(19))
            value = try container.decode(Double.self)
        }
    }

    /// Everything that it holds, read by gnocchiclient: all measures are worked off before.
    func measures() async throws -> [Metric] {
        try await call("measures").split(separator: "\n").map {
            try JSONDecoder().decode(Metric.self, from: Data($0.utf8))
        }
    }
}
