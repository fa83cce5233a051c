import Configuration
import Telemetry

extension GnocchiDefinition {
    private static let keys = ["archive_policy_default", "archive_policies", "resources"]
    /// What Ceilometer takes where the file says nothing.
    private static let standardPolicy = "ceilometer-low"

    /// Reads a file. Errors go to `diagnostics`; `nil` if there is any. Blocks.
    static func load(_ bytes: [UInt8], file: String, into diagnostics: inout Diagnostics) -> GnocchiDefinition? {
        var found = Diagnostics()
        defer { diagnostics.append(found) }
        guard let root = YAMLFile.parse(bytes, file: file, into: &found) else { return nil }
        let definition = read(root, into: &found)
        return found.hasErrors ? nil : definition
    }

    private static func read(_ root: YAMLNode, into diagnostics: inout Diagnostics) -> GnocchiDefinition? {
        guard case .mapping = root.content else {
            diagnostics.error(
                at: root.location, "the file holds \(root.kind); expected a mapping with \"resources\"")
            return nil
        }
        root.warnOfKeys(besides: keys, in: "the file", into: &diagnostics)
        var policy = standardPolicy
        if let node = root["archive_policy_default"], !node.isFalse {
            policy = node.policyName(of: "archive_policy_default", into: &diagnostics) ?? policy
        }
        let policies = root["archive_policies"].map { readPolicies($0, into: &diagnostics) } ?? []
        var resources: [ResourceDefinition] = []
        if let list = root["resources"] {
            for node in list.entries(of: "resources", what: "a resource_type", into: &diagnostics) {
                if let resource = ResourceDefinition.read(node, defaultPolicy: policy, into: &diagnostics) {
                    resources.append(resource)
                }
            }
        }
        if resources.isEmpty {
            diagnostics.warning(at: root.location, "the file has no resources: no meter is sent to Gnocchi")
        }
        return GnocchiDefinition(archivePolicies: policies, resources: resources)
    }

    private static func readPolicies(_ list: YAMLNode, into diagnostics: inout Diagnostics) -> [ArchivePolicy] {
        list.entries(of: "archive_policies", what: "a name", into: &diagnostics).compactMap { node in
            guard let name = node["name"] else {
                diagnostics.error(at: node.location, "the archive policy has no \"name\"; expected one")
                return nil
            }
            guard let text = name.policyName(of: "name", into: &diagnostics) else { return nil }
            let value = node.json(into: &diagnostics)
            guard case .object(let fields) = value else { return nil }
            if node["definition"] == nil {
                diagnostics.error(
                    at: node.location,
                    "the archive policy \(text.redactedExcerpt) has no \"definition\"; expected a list of granularity "
                        + "and timespan")
            }
            return ArchivePolicy(name: text, fields: fields)
        }
    }
}

extension YAMLNode {
    /// The name of an archive policy. `nil` and an error if it is none.
    func policyName(of key: String, into diagnostics: inout Diagnostics) -> String? {
        guard let text = scalarText, !text.isEmpty else {
            diagnostics.error(at: location, "\(key) is \(kind); expected the name of an archive policy")
            return nil
        }
        return text
    }

    /// The mappings of a list; an error for anything else.
    func entries(of key: String, what: String, into diagnostics: inout Diagnostics) -> [YAMLNode] {
        guard !isFalse else { return [] }
        guard case .sequence(let elements) = content else {
            diagnostics.error(at: location, "\(key) is \(kind); expected a list of mappings, each with \(what)")
            return []
        }
        return elements.filter { element in
            if case .mapping = element.content { return true }
            diagnostics.error(
                at: element.location, "\(key) holds \(element.kind); expected mappings, each with \(what)")
            return false
        }
    }

    /// The value as Gnocchi gets it.
    fileprivate func json(into diagnostics: inout Diagnostics) -> MetadataValue {
        switch content {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .integer(let number): return .integer(Int64(number))
        case .real(let number):
            if number.isFinite { return .real(number) }
            diagnostics.error(at: location, "the number is not finite; expected one that JSON can say")
            return .null
        case .string(let text): return .string(text)
        case .sequence(let elements):
            var values: [MetadataValue] = []
            for element in elements { values.append(element.json(into: &diagnostics)) }
            return .array(values)
        case .mapping(let entries):
            var fields: [MetadataValue.Field] = []
            for entry in entries { fields.append(.init(entry.key, entry.value.json(into: &diagnostics))) }
            return .object(fields)
        }
    }
}
