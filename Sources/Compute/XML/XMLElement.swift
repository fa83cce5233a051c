import CLibxml2

/// An element of a document. It keeps the document alive, whose tree it points into.
struct XMLElement {
    private let node: xmlNodePtr
    private let document: XMLDocument

    init(_ node: xmlNodePtr, of document: XMLDocument) {
        self.node = node
        self.document = document
    }

    /// The name without its prefix.
    var name: String { String(cString: node.pointee.name) }

    /// The URI of the element's namespace.
    var namespace: String? {
        node.pointee.ns.flatMap { $0.pointee.href }.map { String(cString: $0) }
    }

    /// The elements directly below, in order.
    var children: some Sequence<XMLElement> { Siblings(node: node.pointee.children, document: document) }

    private struct Siblings: Sequence, IteratorProtocol {
        var node: xmlNodePtr?
        let document: XMLDocument

        mutating func next() -> XMLElement? {
            while let current = node {
                node = current.pointee.next
                if current.pointee.type == XML_ELEMENT_NODE { return XMLElement(current, of: document) }
            }
            return nil
        }
    }

    /// Whether the name without its prefix is `name`.
    func isNamed(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { wanted in
            guard let own = node.pointee.name else { return false }
            for (offset, byte) in wanted.enumerated() where own[offset] != byte { return false }
            return own[wanted.count] == 0
        }
    }

    /// The first child of that name.
    func child(_ name: StaticString) -> XMLElement? {
        children.first { $0.isNamed(name) }
    }

    /// The children of that name.
    func children(_ name: StaticString) -> [XMLElement] {
        children.filter { $0.isNamed(name) }
    }

    /// An attribute without a namespace.
    func attribute(_ name: StaticString) -> String? {
        name.withUTF8Buffer { wanted in
            var attribute = node.pointee.properties
            while let current = attribute {
                attribute = current.pointee.next
                guard current.pointee.ns == nil, let own = current.pointee.name else { continue }
                var matches = true
                for (offset, byte) in wanted.enumerated() where own[offset] != byte {
                    matches = false
                    break
                }
                if matches, own[wanted.count] == 0 { return Self.text(current.pointee.children) ?? "" }
            }
            return nil
        }
    }

    /// The text before the first child element or comment, which is what lxml's `text` is; `nil` if there is none.
    var text: String? {
        Self.text(node.pointee.children)
    }

    private static func text(_ first: xmlNodePtr?) -> String? {
        var result: String?
        var node = first
        while let current = node,
            current.pointee.type == XML_TEXT_NODE || current.pointee.type == XML_CDATA_SECTION_NODE
        {
            if let content = current.pointee.content { result = (result ?? "") + String(cString: content) }
            node = current.pointee.next
        }
        return result
    }
}

extension XMLDocument {
    /// The outermost element.
    var root: XMLElement { XMLElement(rootNode, of: self) }
}
