import Configuration
import Glibc

/// What a `file://` publisher's URL says (Ceilometer: `ceilometer.publisher.file.FilePublisher`).
struct FileParameters: Sendable, Hashable {
    /// An absolute path, as it stands in the URL.
    let path: String
    /// `json`: JSON lines, else Python's.
    let json: Bool
    /// `signature`: each sample carries Ceilometer's `message_signature`; needs `json`.
    let isSigned: Bool
    /// `max_bytes`: the size at which the file is rotated; 0 for never.
    let maxBytes: Int
    /// `backup_count`: how many rotated files are kept; 0 for no rotation.
    let backupCount: Int
    /// Names the queue; see `Publisher.identity`.
    var identity: String { "file://\(path)\(json ? "?json" : "")" }

    static let known: [PublisherParameter] = [
        .init("json", "a JSON object for each sample, else a Python dictionary as Ceilometer writes it"),
        .signature,
        .init("max_bytes", "the size at which the file is renamed to FILE.1 and begun anew; needs backup_count"),
        .init("backup_count", "how many renamed files are kept, from 0 to 10000; needs max_bytes"),
    ]

    /// Reads the parameters; `nil` with errors told if no file can be written so. Ceilometer then writes nothing.
    init?(_ reader: inout ParameterReader) {
        var query = QueryString(reader.url.query, keepingBlankValues: true)
        path = reader.url.path
        json = !query.take("json").isEmpty
        let wantsSignature = reader.isSigned(in: &query)
        isSigned = wantsSignature && json
        if wantsSignature, !json { reader.warning("signature has no effect without json; add json to the URL") }
        (maxBytes, backupCount) = reader.rotation(in: &query)
        reader.checkPath()
        for parameter in query.parameters {
            let names = Self.known.map(\.name)
            let hint = NearMiss.hint(for: parameter.name, among: names)
            reader.warning("unknown parameter \(parameter.name); known are \(names.joined(separator: ", "))\(hint)")
        }
        if reader.diagnostics.hasErrors { return nil }
    }
}

extension ParameterReader {
    fileprivate mutating func rotation(in query: inout QueryString) -> (maxBytes: Int, backupCount: Int) {
        let (size, count) = (query.take("max_bytes").first, query.take("backup_count").first)
        guard let size, let count else {
            if size != nil || count != nil { warning("there is no rotation without both max_bytes and backup_count") }
            return (0, 0)
        }
        let maxBytes = Self.integer(size)
        let backupCount = Self.integer(count)
        if maxBytes.map({ $0 < 0 }) ?? true { error("max_bytes=\(size); expected a number of bytes from 0") }
        if backupCount.map({ !(0...10_000).contains($0) }) ?? true {
            error("backup_count=\(count); expected a number from 0 to 10000")
        }
        return (maxBytes ?? 0, backupCount ?? 0)
    }

    fileprivate mutating func checkPath() {
        guard url.path.hasPrefix("/"), url.path.count > 1 else {
            error("no absolute path; expected file:///path/to/file, with three slashes")
            return
        }
        if !url.host.isEmpty, url.host != "localhost" {
            warning("\(url.host) is taken for a host and ignored; for /\(url.host)\(url.path) write a third slash")
        }
        var end = url.path.endIndex
        if let slash = url.path.lastIndex(of: "/") { end = slash }
        let directory = end == url.path.startIndex ? "/" : String(url.path[..<end])
        if access(directory, W_OK | X_OK) != 0 {
            warning("\(directory) cannot be written to: \(String(cString: strerror(errno))); expected a directory")
        }
    }
}
