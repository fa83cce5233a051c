import Telemetry

/// Where an attribute's value stands in a sample, in the part of JSONPath that gnocchi_resources.yaml uses (Ceilometer:
/// `ceilometer.declarative.Definition`, python-jsonpath-rw): `resource_metadata.(flavor_id|(flavor.id))`.
///
/// `|` binds tighter than `.`, so that `a.b|c` is `a.(b|c)`; `a,b` names several fields, `*` all, `[0]` an element,
/// `[*]` all elements, `['a b']` or `'a b'` a field of that name, `$` the sample.
struct AttributeExpression: Sendable, Hashable {
    private let path: AttributePath

    /// Reads an expression; throws what is wrong with it.
    init(_ text: String) throws(AttributePath.Problem) {
        var parser = AttributePathParser(text)
        path = try parser.parse()
    }

    /// The expression of a list: the first of its paths that leads to something.
    init(anyOf expressions: [AttributeExpression]) {
        path = expressions.count == 1 ? expressions[0].path : .union(expressions.map(\.path))
    }

    /// The first value that the expression leads to and that is not null; `nil` if there is none.
    func value(in document: MetadataValue) -> MetadataValue? {
        matches(path, in: document, root: document).first { $0 != .null }
    }

    /// The fields of the document itself that the expression begins with; `nil` if it may begin with any.
    var firstFields: Set<String>? { Self.firstFields(of: path) }

    private func matches(_ path: AttributePath, in value: MetadataValue, root: MetadataValue) -> [MetadataValue] {
        switch path {
        case .root: return [root]
        case .fields(let names):
            guard case .object(let fields) = value else { return [] }
            return names.compactMap { name in fields.first { $0.name == name }?.value }
        case .allFields:
            guard case .object(let fields) = value else { return [] }
            return fields.map(\.value)
        case .element(let index):
            guard case .array(let elements) = value else { return [] }
            let place = index < 0 ? elements.count + index : index
            return elements.indices.contains(place) ? [elements[place]] : []
        case .allElements:
            guard case .array(let elements) = value else { return [] }
            return elements
        case .child(let parent, let rest):
            return matches(parent, in: value, root: root).flatMap { matches(rest, in: $0, root: root) }
        case .union(let paths):
            return paths.flatMap { matches($0, in: value, root: root) }
        }
    }

    private static func firstFields(of path: AttributePath) -> Set<String>? {
        switch path {
        case .fields(let names): return Set(names)
        case .root, .allFields, .element, .allElements: return nil
        case .child(.root, let rest): return firstFields(of: rest)
        case .child(let parent, _): return firstFields(of: parent)
        case .union(let paths):
            var all: Set<String> = []
            for path in paths {
                guard let names = firstFields(of: path) else { return nil }
                all.formUnion(names)
            }
            return all
        }
    }
}
