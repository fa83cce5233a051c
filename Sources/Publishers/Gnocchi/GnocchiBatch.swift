import Outbox
import Telemetry

/// What one payload holds: measures by resource and metric, and all that is needed to create the resources, so that
/// it can be delivered after a restart, too. On disk it is a JSON array with an element for each resource:
///
///     {"type":"instance","id":"…","user_id":"…","attributes":{"project_id":"…","host":"…",…},
///      "metrics":{"cpu":{"measures":[{"timestamp":"…","value":1}],"archive_policy_name":"…","unit":"ns"},…}}
///
/// What stands under `metrics` is posted as it is, so a value has at the receiver the digits that it had here.
struct GnocchiBatch: Sendable {
    var resources: [Element]

    /// A resource and its measures.
    struct Element: Sendable {
        /// The resource type.
        let type: String
        /// The id, as Gnocchi's `original_resource_id` has it.
        let id: String
        /// The owner, as JSON: text or null.
        let userID: ArraySlice<UInt8>
        /// Project and attributes, as a JSON object. These are updated when they change, the owner is not (Ceilometer:
        /// `resource_extra`).
        let attributes: ArraySlice<UInt8>
        /// The metrics in their order.
        var metrics: [Metric]
    }

    /// A metric's measures, archive policy and unit, as a JSON object.
    struct Metric: Sendable {
        let name: String
        let json: ArraySlice<UInt8>
        /// How many points are in it, where that is known without reading it.
        var count: Int?
    }

    init(_ resources: [Element] = []) {
        self.resources = resources
    }

    /// Reads a payload's bytes; `nil` if they are none of ours.
    init?(_ body: [UInt8]) {
        let json = body[...]
        guard let elements = JSONArray.elements(of: json) else { return nil }
        var resources: [Element] = []
        resources.reserveCapacity(elements.count)
        for range in elements {
            guard let element = Element(json[range]) else { return nil }
            resources.append(element)
        }
        self.resources = resources
    }

    var isEmpty: Bool { resources.allSatisfy(\.metrics.isEmpty) }

    /// How many metrics there are.
    var metricCount: Int { resources.reduce(0) { $0 + $1.metrics.count } }

    /// The body of the post of measures.
    var measures: [UInt8] {
        var writer = JSONWriter(capacity: resources.reduce(2) { $0 + $1.size })
        writer.raw("{")
        for (index, resource) in resources.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(resource.id)
            writer.raw(":")
            resource.appendMetrics(to: &writer)
        }
        writer.raw("}")
        return writer.bytes
    }

    /// The payload of it, of samples taken between two moments.
    func payload(first: Timestamp, last: Timestamp) -> Payload {
        var writer = JSONWriter(capacity: resources.reduce(2) { $0 + $1.size + 200 })
        writer.raw("[")
        for (index, resource) in resources.enumerated() {
            if index > 0 { writer.raw(",\n") }
            resource.append(to: &writer)
        }
        writer.raw("]")
        let points = resources.reduce(0) { $0 + $1.metrics.reduce(0) { $0 + $1.points } }
        return Payload(body: writer.bytes, samples: points, first: first, last: last)
    }

    /// Two halves with about as many metrics each; `nil` for a single metric or none.
    var halves: (GnocchiBatch, GnocchiBatch)? {
        let total = metricCount
        guard total > 1 else { return nil }
        var (left, right) = (GnocchiBatch(), GnocchiBatch())
        var count = 0
        for resource in resources {
            let room = min(max(0, total / 2 - count), resource.metrics.count)
            count += resource.metrics.count
            left.add(resource, Array(resource.metrics[..<room]))
            right.add(resource, Array(resource.metrics[room...]))
        }
        return (left, right)
    }

    /// What meets a condition, and what does not.
    func divided(_ isApart: (Element, Metric) -> Bool) -> (rest: GnocchiBatch, apart: GnocchiBatch) {
        var (rest, apart) = (GnocchiBatch(), GnocchiBatch())
        for resource in resources {
            rest.add(resource, resource.metrics.filter { !isApart(resource, $0) })
            apart.add(resource, resource.metrics.filter { isApart(resource, $0) })
        }
        return (rest, apart)
    }

    private mutating func add(_ resource: Element, _ metrics: [Metric]) {
        guard !metrics.isEmpty else { return }
        var part = resource
        part.metrics = metrics
        resources.append(part)
    }
}
