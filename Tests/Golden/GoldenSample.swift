import Foundation

/// A sample without what differs from run to run; equal if its JSON is, with numbers by their value.
struct GoldenSample: Hashable, CustomStringConvertible {
    let meter: String
    /// Its JSON with the keys sorted.
    let text: String

    init(line: Data) throws {
        try self.init(GoldenRun.object(JSONSerialization.jsonObject(with: line)))
    }

    /// A sample whose object stands apart from what it has in common with others.
    init(_ own: [String: Any], adding common: [String: Any] = [:]) throws {
        var object = common.merging(own) { _, own in own }
        for volatile in ["id", "timestamp", "monotonic_time"] { object[volatile] = nil }
        let metadata = try GoldenRun.object(common["resource_metadata"] ?? [String: Any]())
        object["resource_metadata"] = try metadata.merging(
            GoldenRun.object(own["resource_metadata"] ?? [String: Any]())
        ) { _, own in own }
        guard let meter = object["name"] as? String else { throw GoldenError(description: "a sample without a name") }
        self.meter = meter
        let data = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        text = String(decoding: data, as: UTF8.self)
    }

    var description: String { text }
}
