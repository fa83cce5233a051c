import Configuration
import Transfer

/// What an `http://` or `https://` publisher's URL says (Ceilometer: `ceilometer.publisher.http.HttpPublisher`).
struct HTTPParameters: Sendable, Hashable {
    /// Where to post: the URL without credentials, fragment and the parameters below; what else is in its query stays.
    let target: String
    /// Names the queue; see `Publisher.identity`.
    let identity: String
    /// User and password of the URL.
    let credentials: BasicCredentials?
    /// `timeout`, in seconds: how long one attempt may take.
    let timeout: Duration
    /// `max_retries`: further attempts at once if no connection could be made.
    let maxRetries: Int
    /// `batch`: many samples in one body, or each in its own.
    let batch: Bool
    /// `signature`: each sample carries Ceilometer's `message_signature`.
    let isSigned: Bool
    /// `verify_ssl`, `clientcert` and `clientkey`.
    let tls: TLSSettings

    static let known: [PublisherParameter] = [
        .init("timeout", "seconds that one attempt may take, from 1 to 86400 (5)"),
        .init("max_retries", "further attempts at once if no connection can be made, from 0 to 100 (2)"),
        .init("batch", "many samples in one JSON array, or each as an object of its own (true)"),
        .signature,
        .init("verify_ssl", "whether to verify the server's certificate, or the path of the CA to trust (true)"),
        .init("clientcert", "path of a PEM file with the client's certificate, and perhaps its key (none)"),
        .init("clientkey", "path of a PEM file with the client's key (in clientcert)"),
    ]

    /// Reads the parameters; `nil` with errors told if nothing can be posted to such a URL.
    init?(_ reader: inout ParameterReader) {
        let url = reader.url
        guard !url.host.isEmpty else {
            reader.error("no host; expected \(url.scheme)://host:port/path")
            return nil
        }
        var query = QueryString(url.query)
        timeout = .seconds(reader.number("timeout", in: &query, 1...86_400, default: 5))
        maxRetries = reader.number("max_retries", in: &query, 0...100, default: 2)
        batch = reader.isBatch(in: &query)
        isSigned = reader.isSigned(in: &query)
        tls = reader.tls(in: &query)
        // A parameter for events, which Ceilometer takes out of the URL, too.
        _ = query.take("raw_only")
        credentials = url.credentials
        for parameter in query.parameters {
            guard let meant = NearMiss.nearest(to: parameter.name, among: Self.known.map(\.name)) else { continue }
            reader.warning("\(parameter.name) is sent to the server as part of the URL; did you mean \(meant)?")
        }

        let path = PercentEncoding.encodePath(url.path)
        let suffix = query.encoded.isEmpty ? "" : "?\(query.encoded)"
        let place = url.port.map { "\(url.host):\($0)" } ?? url.host
        target = "\(url.scheme)://\(place)\(path)\(suffix)"
        let port = url.port ?? (url.scheme == "https" ? 443 : 80)
        let rootedPath = path.isEmpty ? "/" : path
        let name = "\(url.scheme)://\(url.host.lowercased()):\(port)\(rootedPath)\(suffix)"
        // A secret may change without the queue becoming another one.
        identity = RedactedURL(name).description + (batch ? "" : "#batch=false")
        if reader.diagnostics.hasErrors { return nil }
    }
}

extension ParameterReader {
    fileprivate mutating func isBatch(in query: inout QueryString) -> Bool {
        guard let text = query.take("batch").last else { return true }
        if let value = BooleanWord.value(text) { return value }
        warning("batch=\(text) is neither true nor false; it counts as false, as in Ceilometer")
        return false
    }
}
