import Configuration
import Telemetry

extension AttributeDefinition {
    /// The `attributes` of a resource type; an error for each that cannot be read.
    static func readAll(
        _ node: YAMLNode?, of title: String, into diagnostics: inout Diagnostics
    ) -> [AttributeDefinition] {
        guard let node, !node.isFalse else { return [] }
        guard case .mapping(let entries) = node.content else {
            diagnostics.error(
                at: node.location, "attributes of \(title) is \(node.kind); expected a mapping of names to paths")
            return []
        }
        return entries.compactMap { entry in
            let what = "the attribute \(entry.key.redactedExcerpt)"
            return read(entry.value, of: what, into: &diagnostics).map {
                AttributeDefinition(name: entry.key, value: $0)
            }
        }
    }

    private static func read(
        _ node: YAMLNode, of what: String, into diagnostics: inout Diagnostics
    ) -> Source? {
        switch node.content {
        case .string(let text):
            return expression(text, at: node.location, of: what, into: &diagnostics).map { .expression($0) }
        case .integer(let number): return .constant(.integer(Int64(number)))
        case .bool(let flag): return .constant(.bool(flag))
        case .sequence(let elements):
            var paths: [AttributeExpression] = []
            for element in elements {
                guard case .string(let text) = element.content else {
                    diagnostics.error(
                        at: element.location, "\(what) has \(element.kind) in its list; expected paths as text")
                    return nil
                }
                guard let path = expression(text, at: element.location, of: what, into: &diagnostics) else {
                    return nil
                }
                paths.append(path)
            }
            guard !paths.isEmpty else {
                diagnostics.error(at: node.location, "\(what) has an empty list; expected at least one path")
                return nil
            }
            return .expression(AttributeExpression(anyOf: paths))
        case .mapping:
            if let plugin = node["plugin"] {
                diagnostics.error(
                    at: plugin.location,
                    "\(what) uses a plugin of Ceilometer's, which is Python code; expected a path in \"fields\" alone")
                return nil
            }
            guard let fields = node["fields"] else {
                diagnostics.error(at: node.location, "\(what) has no \"fields\"; expected a path")
                return nil
            }
            if case .mapping = fields.content {
                diagnostics.error(at: fields.location, "fields of \(what) is a mapping; expected a path")
                return nil
            }
            return read(fields, of: what, into: &diagnostics)
        case .null, .real:
            diagnostics.error(at: node.location, "\(what) is \(node.kind); expected a path as text")
            return nil
        }
    }

    private static func expression(
        _ text: String, at location: SourceLocation, of what: String, into diagnostics: inout Diagnostics
    ) -> AttributeExpression? {
        do {
            return try AttributeExpression(text)
        } catch {
            let place = "character \(error.offset + 1) of its path \(text.redactedExcerpt)"
            diagnostics.error(at: location, "\(what), \(place): \(error.reason)")
            return nil
        }
    }
}
