import CLibxml2
import Telemetry

/// A parsed XML document. Nothing is fetched, no entity is expanded, and a document type declaration is refused, so
/// that a description can cost no more than its size.
///
/// Not `Sendable`: the tree lives and is read where it was parsed.
final class XMLDocument {
    private let document: xmlDocPtr
    /// The outermost element's node.
    let rootNode: xmlNodePtr

    /// The library's tables, made once and before any thread parses.
    private static let initialised: Void = xmlInitParser()

    /// Parses a text. Throws `XMLError` with the line at which it is wrong.
    init(_ text: String) throws(XMLError) {
        _ = Self.initialised
        guard let context = xmlNewParserCtxt() else { throw XMLError(line: 0, message: "out of memory") }
        defer { xmlFreeParserCtxt(context) }
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
            | XML_PARSE_NOCDATA.rawValue
        var text = text
        let parsed = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                Int32(exactly: characters.count).flatMap {
                    xmlCtxtReadMemory(context, characters.baseAddress, $0, nil, "UTF-8", Int32(options))
                }
            }
        }
        guard let parsed else {
            guard let error = xmlCtxtGetLastError(context) else {
                throw XMLError(line: 0, message: "is empty or too large")
            }
            let message = error.pointee.message.map { String(cString: $0) } ?? "cannot be parsed"
            throw XMLError(
                line: Int(error.pointee.line),
                message: message.split(whereSeparator: \.isNewline).joined(separator: " ").oneLine)
        }
        guard parsed.pointee.intSubset == nil, let root = xmlDocGetRootElement(parsed) else {
            xmlFreeDoc(parsed)
            throw XMLError(line: 1, message: "has a document type declaration, which libvirt never writes")
        }
        document = parsed
        rootNode = root
    }

    deinit {
        xmlFreeDoc(document)
    }
}

/// Where and why a text is not XML.
struct XMLError: Error, CustomStringConvertible {
    /// From 1; 0 if unknown.
    let line: Int
    let message: String

    var description: String { "line \(line): \(message)" }
}
