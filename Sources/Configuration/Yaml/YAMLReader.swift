import Yams

/// Turns the parser's nodes into ours: follows aliases within a budget, merges `<<`, types scalars.
struct YAMLReader {
    private let file: String
    private var nodes = 0
    private var depth = 0
    private(set) var diagnostics = Diagnostics()

    init(file: String) {
        self.file = file
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
            diagnostics.error(at: location, "values are nested more than \(YAMLFile.maximumDepth) deep")
            return YAMLNode(location: location, content: .null)
        }
        switch node {
        case .scalar(let scalar):
            return YAMLNode(location: location, content: content(of: scalar, at: location))
        case .sequence(let sequence):
            var elements: [YAMLNode] = []
            for element in sequence {
                guard nodes <= YAMLFile.maximumNodes else { break }
                elements.append(read(element, at: location))
            }
            return YAMLNode(location: location, content: .sequence(elements))
        case .mapping(let mapping):
            return YAMLNode(location: location, content: .mapping(entries(of: mapping, at: location)))
        case .alias:
            diagnostics.error(at: location, "an alias stands where it cannot be followed")
            return YAMLNode(location: location, content: .null)
        }
    }

    private mutating func content(of scalar: Node.Scalar, at location: SourceLocation) -> YAMLNode.Content {
        switch scalar.tag.description {
        case "tag:yaml.org,2002:str", "!": return .string(scalar.string)
        case "": break
        case let tag where tag.hasPrefix("tag:yaml.org,2002:"): break
        case let tag:
            diagnostics.error(at: location, "the tag \(tag) is unknown; expected a value without a tag")
        }
        switch scalar.style {
        case .any, .plain: return YAMLScalar.content(ofPlain: scalar.string)
        case .singleQuoted, .doubleQuoted, .literal, .folded: return .string(scalar.string)
        }
    }

    private mutating func entries(of mapping: Node.Mapping, at location: SourceLocation) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var merged: [YAMLNode.Entry] = []
        for (key, value) in mapping {
            guard nodes <= YAMLFile.maximumNodes else { break }
            let keyLocation = key.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) } ?? location
            guard case .scalar(let scalar) = key else {
                diagnostics.error(at: keyLocation, "a list or a mapping is used as a key; expected text")
                continue
            }
            let value = read(value, at: keyLocation)
            if scalar.string == "<<", scalar.style == .plain || scalar.style == .any {
                merged += merge(value)
            } else {
                entries.append(YAMLNode.Entry(key: scalar.string, keyLocation: keyLocation, value: value))
            }
        }
        // What a mapping says itself counts before what it merges, and the earlier merge before the later.
        var names = Set(entries.map(\.key))
        for entry in merged where names.insert(entry.key).inserted { entries.append(entry) }
        return entries
    }

    private mutating func merge(_ value: YAMLNode) -> [YAMLNode.Entry] {
        switch value.content {
        case .mapping(let entries): return entries
        case .sequence(let elements):
            return elements.flatMap { element -> [YAMLNode.Entry] in
                if case .mapping(let entries) = element.content { return entries }
                return []
            }
        default:
            diagnostics.error(at: value.location, "<< is followed by \(value.kind); expected a mapping to merge")
            return []
        }
    }
}
