import Configuration

/// A YAML file that ceilometer.conf names, looked up as oslo.config does.
enum YAMLSource {
    case read([UInt8], file: String)
    /// It is nowhere; the text says where it was looked for.
    case missing(String)
    /// It is there and cannot be read, as the diagnostics say.
    case unreadable

    init(_ name: Located<String>, search: FileSearch, into diagnostics: inout Diagnostics) {
        do throws(FileAccessError) {
            guard let path = try search.find(name.value) else {
                let place = name.value.hasPrefix("/") ? "" : " in \(search.places(of: name.value))"
                self = .missing("there is no \(name.value)\(place)")
                return
            }
            self = .read(try LocalFiles().contents(of: path, limit: YAMLFile.maximumSize), file: path)
        } catch {
            diagnostics.error(at: name.location, error.description)
            self = .unreadable
        }
    }
}
