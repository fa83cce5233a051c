import Configuration

/// A YAML file that ceilometer.conf names, looked up as oslo.config does.
enum YAMLSource {
    case read([UInt8], file: String)
    /// It is nowhere; the text says where it was looked for.
    case missing(String)
    /// It is there and cannot be read, as the diagnostics say.
    case unreadable

    /// Larger files are refused by the parser; a little more is read so that it can tell.
    private static let limit = YAMLFile.maximumSize + 1

    init(_ name: Located<String>, search: FileSearch, into diagnostics: inout Diagnostics) {
        guard let path = search.find(name.value) else {
            let place = name.value.hasPrefix("/") ? "" : " in \(search.directories.joined(separator: ", "))"
            self = .missing("there is no \(name.value)\(place)")
            return
        }
        do {
            self = .read(try LocalFiles().contents(of: path, limit: Self.limit), file: path)
        } catch {
            diagnostics.error(at: name.location, "\(path) cannot be read: \(error.reason)")
            self = .unreadable
        }
    }
}
