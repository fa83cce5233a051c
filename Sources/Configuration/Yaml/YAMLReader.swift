internal import Yams

/// Turns the parser's nodes into ours: follows aliases within a budget, merges `<<`, types scalars.
struct YAMLReader {
    private let file: String
    private let source: YAMLDuplicates
    private var nodes = 0
    private var depth = 0
    private var isToldOfDepth = false
    private(set) var diagnostics = Diagnostics()

    init(file: String, source: YAMLDuplicates) {
        self.file = file
        self.source = source
    }

    mutating func read(_ node: Node, at fallback: SourceLocation) -> YAMLNode {
        let location = node.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) } ?? fallback
        nodes += 1
        guard nodes <= YAMLFile.maximumNodes else {
            if nodes == YAMLFile.maximumNodes + 1 {
                diagnostics.error(
                    at: location,
                    "the file holds more than \(YAMLFile.maximumNodes) values once its aliases are followed")
            }
            return YAMLNode(location: location, content: .null)
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= YAMLFile.maximumDepth else {
            if !isToldOfDepth { diagnostics.error(at: location, YAMLFile.tooDeep) }
            isToldOfDepth = true
            return YAMLNode(location: location, content: .null)
        }
        switch node {
        case .scalar(let scalar):
            return YAMLNode(location: location, content: content(of: scalar, at: location))
        case .sequence(let sequence):
            check(sequence.tag, isOneOf: ["seq"], at: location)
            var elements: [YAMLNode] = []
            for element in sequence {
                guard nodes <= YAMLFile.maximumNodes else { break }
                elements.append(read(element, at: location))
            }
            return YAMLNode(location: location, content: .sequence(elements))
        case .mapping(let mapping):
            check(mapping.tag, isOneOf: ["map"], at: location)
            return YAMLNode(location: location, content: .mapping(entries(of: mapping, at: location)))
        case .alias:
            diagnostics.error(at: location, "an alias stands where it cannot be followed")
            return YAMLNode(location: location, content: .null)
        }
    }

    private mutating func content(of scalar: Node.Scalar, at location: SourceLocation) -> YAMLNode.Content {
        switch scalar.tag.description {
        case "tag:yaml.org,2002:str", "!": return .string(scalar.string)
        case "":
            switch scalar.style {
            case .any, .plain: return YAMLScalar.content(ofPlain: scalar.string)
            case .singleQuoted, .doubleQuoted, .literal, .folded: return .string(scalar.string)
            }
        default:
            check(scalar.tag, isOneOf: ["bool", "float", "int", "null"], at: location)
            return YAMLScalar.content(ofPlain: scalar.string)
        }
    }

    private mutating func check(_ tag: Tag, isOneOf known: [String], at location: SourceLocation) {
        let name = tag.description
        guard !name.isEmpty, !known.contains(where: { name == "tag:yaml.org,2002:\($0)" }) else { return }
        diagnostics.error(
            at: location, "the tag \(name.redactedExcerpt) is unknown here; expected a value without a tag")
    }

    private mutating func entries(of mapping: Node.Mapping, at location: SourceLocation) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var merged: [YAMLNode.Entry] = []
        var places: [String: SourceLocation] = [:]
        for (key, value) in mapping {
            guard nodes <= YAMLFile.maximumNodes else { break }
            let keyLocation = key.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) } ?? location
            guard case .scalar(let scalar) = key else {
                diagnostics.error(at: keyLocation, YAMLFile.keyIsNoText)
                continue
            }
            let name = source.original(of: scalar.string)
            let value = read(value, at: keyLocation)
            if let first = places.updateValue(keyLocation, forKey: name) {
                diagnostics.error(
                    at: keyLocation,
                    "the key \(name.redactedExcerpt) stands twice in one mapping, first in line \(first.line), column "
                        + "\(first.column); expected it once")
            } else if name == "<<", scalar.style == .plain || scalar.style == .any {
                merged += merge(value)
            } else {
                entries.append(YAMLNode.Entry(key: name, keyLocation: keyLocation, value: value))
            }
        }
        // What a mapping says itself counts before what it merges, and the earlier merge before the later.
        var names = Set(entries.map(\.key))
        for entry in merged where names.insert(entry.key).inserted { entries.append(entry) }
        return entries
    }

    private mutating func merge(_ value: YAMLNode) -> [YAMLNode.Entry] {
        if case .mapping(let entries) = value.content { return entries }
        guard case .sequence(let elements) = value.content else {
            diagnostics.error(at: value.location, "<< is followed by \(value.kind); expected a mapping to merge")
            return []
        }
        var merged: [YAMLNode.Entry] = []
        for element in elements {
            if case .mapping(let entries) = element.content {
                merged += entries
            } else {
                diagnostics.error(at: element.location, "<< merges \(element.kind); expected mappings to merge")
            }
        }
        return merged
    }
}
