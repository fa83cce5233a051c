import Configuration
import Telemetry

extension ResourceDefinition {
    /// What the format has for events, which this agent does not publish.
    private static let eventKeys = [
        "event_create", "event_update", "event_delete", "event_attributes", "event_associated_resources",
    ]
    private static let keys = ["resource_type", "metrics", "attributes", "archive_policy"] + eventKeys

    static func read(
        _ node: YAMLNode, defaultPolicy: String, into diagnostics: inout Diagnostics
    ) -> ResourceDefinition? {
        guard let typeNode = node["resource_type"] else {
            diagnostics.error(at: node.location, "the resource has no \"resource_type\"; expected its name")
            return nil
        }
        guard case .string(let type) = typeNode.content, !type.isEmpty, !type.contains("/") else {
            diagnostics.error(
                at: typeNode.location, "resource_type is no name (\(typeNode.kind)); expected text without \"/\"")
            return nil
        }
        let title = "resource \(type.redactedExcerpt)"
        node.warnOfKeys(besides: keys, in: title, into: &diagnostics)
        node.checkEvents(of: title, into: &diagnostics)
        guard let metrics = node["metrics"] else {
            diagnostics.error(at: node.location, "\(title) has no \"metrics\"; expected a list or mapping of meters")
            return nil
        }
        var reading = MetricsReading(title: title, defaultPolicy: defaultPolicy)
        if let policy = node["archive_policy"] {
            reading.policyOfAll = policy.policyName(of: "archive_policy of \(title)", into: &diagnostics)
            diagnostics.warning(
                at: policy.location, "archive_policy of \(title) is deprecated; set archive_policy_name of each metric")
        }
        reading.read(metrics, into: &diagnostics)
        return ResourceDefinition(
            type: type, metrics: reading.metrics, patterns: reading.patterns, excluded: reading.excluded,
            attributes: AttributeDefinition.readAll(node["attributes"], of: title, into: &diagnostics))
    }
}

extension YAMLNode {
    fileprivate func checkEvents(of title: String, into diagnostics: inout Diagnostics) {
        guard ["event_create", "event_update", "event_delete"].contains(where: { self[$0] != nil }) else { return }
        guard let attributes = self["event_attributes"] else {
            diagnostics.error(
                at: location, "\(title) has events and no \"event_attributes\"; expected at least \"id\" in it")
            return
        }
        guard let id = attributes["id"], case .string = id.content else {
            diagnostics.error(
                at: attributes.location, "event_attributes of \(title) has no \"id\"; expected the name of a trait")
            return
        }
    }
}

/// The `metrics` of a resource type: a list of meters, or a mapping with what belongs to each.
private struct MetricsReading {
    let title: String
    let defaultPolicy: String
    var policyOfAll: String?
    private(set) var metrics: [String: MetricDefinition] = [:]
    private(set) var patterns: [(pattern: Glob, metric: MetricDefinition)] = []
    private(set) var excluded: [Glob] = []

    init(title: String, defaultPolicy: String) {
        self.title = title
        self.defaultPolicy = defaultPolicy
    }

    mutating func read(_ node: YAMLNode, into diagnostics: inout Diagnostics) {
        switch node.content {
        case .sequence(let elements):
            for element in elements {
                guard let name = element.scalarText else {
                    diagnostics.error(
                        at: element.location, "metrics of \(title) holds \(element.kind); expected meters' names")
                    continue
                }
                add(name, policy: nil, at: element.location, into: &diagnostics)
            }
        case .mapping(let entries):
            for entry in entries {
                let policy = policy(of: entry, into: &diagnostics)
                add(entry.key, policy: policy, at: entry.keyLocation, into: &diagnostics)
            }
        default:
            diagnostics.error(
                at: node.location, "metrics of \(title) is \(node.kind); expected a list or mapping of meters")
        }
    }

    private func policy(of entry: YAMLNode.Entry, into diagnostics: inout Diagnostics) -> String? {
        guard !entry.value.isFalse else { return nil }
        guard case .mapping = entry.value.content else {
            diagnostics.error(
                at: entry.value.location,
                "the metric \(entry.key.redactedExcerpt) has \(entry.value.kind); expected archive_policy_name, or nothing"
            )
            return nil
        }
        entry.value.warnOfKeys(
            besides: ["archive_policy_name"], in: "the metric \(entry.key.redactedExcerpt)", into: &diagnostics)
        guard let name = entry.value["archive_policy_name"], !name.isFalse else { return nil }
        return name.policyName(of: "archive_policy_name", into: &diagnostics)
    }

    private mutating func add(
        _ name: String, policy: String?, at location: SourceLocation, into diagnostics: inout Diagnostics
    ) {
        let metric = MetricDefinition(archivePolicy: policyOfAll ?? policy ?? defaultPolicy)
        if name.hasPrefix("!") {
            let rest = name.dropFirst()
            if rest.isEmpty { diagnostics.error(at: location, "\"!\" stands alone; expected a meter behind it") }
            excluded.append(Glob(rest))
        } else if name.isEmpty {
            diagnostics.error(at: location, "metrics of \(title) has an empty name; expected a meter's")
        } else if name.contains(where: { "*?[".contains($0) }) {
            patterns.append((Glob(name), metric))
        } else {
            metrics[name] = metric
        }
    }
}
