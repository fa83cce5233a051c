import Telemetry

extension GnocchiBatch.Element {
    /// Reads an element of a payload; `nil` if it is none.
    init?(_ json: ArraySlice<UInt8>) {
        guard let members = JSONObject.members(of: json) else { return nil }
        func slice(_ name: String) -> ArraySlice<UInt8>? {
            members.first { $0.name == name }.map { json[$0.value] }
        }
        guard let type = slice("type").flatMap(JSONObject.text), let id = slice("id").flatMap(JSONObject.text),
            let userID = slice("user_id"), let attributes = slice("attributes"),
            attributes.first == UInt8(ascii: "{"), let metrics = slice("metrics"),
            let found = JSONObject.members(of: metrics)
        else { return nil }
        self.init(
            type: type, id: id, userID: userID, attributes: attributes,
            metrics: found.map { GnocchiBatch.Metric(name: $0.name, json: json[$0.value]) })
    }

    /// About how many bytes it takes.
    var size: Int {
        metrics.reduce(id.utf8.count + attributes.count + 8) { $0 + $1.json.count + $1.name.utf8.count + 4 }
    }

    /// Appends the element of a payload.
    func append(to writer: inout JSONWriter) {
        writer.raw("{\"type\":")
        writer.string(type)
        writer.raw(",\"id\":")
        writer.string(id)
        writer.raw(",\"user_id\":")
        writer.raw(userID)
        writer.raw(",\"attributes\":")
        writer.raw(attributes)
        writer.raw(",\"metrics\":")
        appendMetrics(to: &writer)
        writer.raw("}")
    }

    /// Appends the object of the metrics.
    func appendMetrics(to writer: inout JSONWriter) {
        writer.raw("{")
        for (index, metric) in metrics.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(metric.name)
            writer.raw(":")
            writer.raw(metric.json)
        }
        writer.raw("}")
    }

    /// The body of the post that creates the resource with its metrics. With them, since a batch that had to create the
    /// metrics of a whole host would take longer than a request may.
    var creation: [UInt8] {
        var writer = JSONWriter(capacity: size)
        writer.raw("{\"id\":")
        writer.string(id)
        writer.raw(",\"user_id\":")
        writer.raw(userID)
        let inner = attributes.dropFirst().dropLast()
        if JSONObject.members(of: attributes)?.isEmpty == false {
            writer.raw(",")
            writer.raw(inner)
        }
        writer.raw(",\"metrics\":{")
        for (index, metric) in metrics.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(metric.name)
            writer.raw(":{\"archive_policy_name\":")
            writer.raw(metric.member("archive_policy_name") ?? [])
            writer.raw(",\"unit\":")
            writer.raw(metric.member("unit") ?? [])
            writer.raw("}")
        }
        writer.raw("}}")
        return writer.bytes
    }

    /// The owner's project; `nil` if it has none.
    var projectID: String? {
        JSONObject.members(of: attributes)?.first { $0.name == "project_id" }
            .flatMap { JSONObject.text(attributes[$0.value]) }
    }
}

extension GnocchiBatch.Metric {
    func member(_ name: String) -> ArraySlice<UInt8>? {
        JSONObject.members(of: json)?.first { $0.name == name }.map { json[$0.value] }
    }

    /// The archive policy.
    var archivePolicy: String? { member("archive_policy_name").flatMap(JSONObject.text) }

    /// How many points there are.
    var points: Int { count ?? member("measures").flatMap { JSONArray.elements(of: $0) }?.count ?? 0 }
}
