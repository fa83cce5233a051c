import Foundation
import FoundationNetworking

/// A real Gnocchi of a test's own (`Tests/TestBed/gnocchi.sh`).
struct GnocchiBed: Sendable {
    private let script: String
    private let state: String
    /// `http://127.0.0.1:PORT`
    let url: String

    /// Starts one. Ended by `down`.
    static func own() async throws -> GnocchiBed {
        guard let bed = ProcessInfo.processInfo.environment["AEROSTAT_TEST_BED"] else {
            throw CommandError(description: "AEROSTAT_TEST_BED is not set: run these tests by Tests/run.sh")
        }
        // Short: a unix socket lives in it.
        let state = "/tmp/aero-\(UInt32.random(in: 0...UInt32.max))"
        let script = bed + "/gnocchi.sh"
        do {
            let url = try await call(script, state, ["up"], within: 240)
            return GnocchiBed(script: script, state: state, url: url)
        } catch {
            try await call(script, state, ["down"], within: 60)
            throw error
        }
    }

    func down() async throws { try await call("down") }

    /// One command of gnocchi.sh.
    func call(_ command: String) async throws {
        try await Self.call(script, state, [command], within: 90)
    }

    @discardableResult
    private static func call(
        _ script: String, _ state: String, _ arguments: [String], within seconds: Double
    ) async throws -> String {
        let result = try await run(script, arguments, environment: ["GNOCCHI_STATE": state], within: seconds)
        guard result.status == 0 else {
            throw CommandError(description: "gnocchi.sh \(arguments): status \(result.status): \(result.errors)")
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What a metric's aggregates are, by the second: all measures are worked off before.
    func measures(of metric: String, resource: String) async throws -> [String: Double] {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._"))
        let id = resource.addingPercentEncoding(withAllowedCharacters: allowed) ?? resource
        let path = "\(url)/v1/resource/generic/\(id)/metric/\(metric)/measures?refresh=true&aggregation=mean"
        guard let target = URL(string: path) else { throw CommandError(description: "no URL: \(path)") }
        var request = URLRequest(url: target)
        request.setValue("Basic \(Data("admin:".utf8).base64EncodedString())", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Accept")
        let (body, answer) = try await URLSession.shared.data(for: request)
        guard (answer as? HTTPURLResponse)?.statusCode == 200 else {
            throw CommandError(description: "\(path): \(String(decoding: body, as: UTF8.self))")
        }
        var measures: [String: Double] = [:]
        for measure in try JSONDecoder().decode([Measure].self, from: body) {
            measures[measure.timestamp] = measure.value
        }
        return measures
    }

    /// `["2026-11-22T18:00:00+00:00", 1.0, 562.5]`, the moment cut to the second.
    private struct Measure: Decodable {
        let timestamp: String
        let value: Double

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            timestamp = String(try container.decode(String.self).prefix(19))
            _ = try container.decode(Double.self)
            value = try container.decode(Double.self)
        }
    }
}
