public import Configuration
import Telemetry
import Transfer

/// The files that publishers' URLs name. They are read once, with the rest of the configuration.
public struct PublisherFiles: Sendable {
    private let search: FileSearch?
    private var definitions: [String: GnocchiDefinition] = [:]
    /// The paths of those that were read.
    public private(set) var paths: [String] = []

    /// No files yet; they are looked for in `search`, and without that not at all.
    public init(search: FileSearch? = nil) {
        self.search = search
    }

    /// Reads the files that a publisher's URL names, and tells everything that is wrong or doubtful about the URL and
    /// them. Blocks.
    public mutating func read(for url: String, at location: SourceLocation?) -> [Diagnostic] {
        var diagnostics = Diagnostics()
        let parameters = PublisherParameters(url, at: location, looksAtFiles: true, into: &diagnostics)
        if case .gnocchi(let parameters) = parameters {
            readDefinition(parameters.definitionFile, at: location, into: &diagnostics)
        }
        return diagnostics.all
    }

    /// The same; `others` are the URLs of the same sink's other publishers, which can stay without one that this version
    /// does not have.
    public mutating func read(
        for url: String, at location: SourceLocation?, beside others: [String]
    ) -> [Diagnostic] {
        // Only where it is needed: to parse all other URLs for each one would take the square of their number.
        guard let scheme = PublisherScheme.missing(in: url) else { return read(for: url, at: location) }
        var unread = Diagnostics()
        let remaining = others.filter { PublisherParameters($0, at: nil, into: &unread) != nil }
        guard !remaining.isEmpty else { return read(for: url, at: location) }
        let names = remaining.map { RedactedURL($0).description }.joined(separator: ", ")
        let message =
            "\(scheme):// is a publisher of Ceilometer that this version does not have; remove this one: \(names) can stay"
        return [Diagnostic(.error, at: location, message.oneLine)]
    }

    /// The definition of that name, with the packaged one in the place of none; `nil` if it was not read.
    func definition(_ name: String?) -> GnocchiDefinition? {
        definitions[name ?? PackagedDefinition.fileName]
    }

    private mutating func readDefinition(
        _ given: String?, at location: SourceLocation?, into diagnostics: inout Diagnostics
    ) {
        let name = given ?? PackagedDefinition.fileName
        guard definitions[name] == nil else { return }
        do throws(FileAccessError) {
            guard let path = try search?.find(name) else {
                guard given == nil else {
                    let place = name.hasPrefix("/") ? "" : " in \(search?.places(of: name) ?? "no place")"
                    diagnostics.error(
                        at: location,
                        "resources_definition_file: there is no \(name)\(place); expected its path".oneLine)
                    return
                }
                definitions[name] = PackagedDefinition.load(into: &diagnostics)
                return
            }
            let bytes = try LocalFiles().contents(of: path, limit: YAMLFile.maximumSize)
            paths.append(path)
            definitions[name] = GnocchiDefinition.load(bytes, file: path, into: &diagnostics)
        } catch {
            diagnostics.error(at: location, error.description.oneLine)
        }
    }
}
