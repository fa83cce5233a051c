import Configuration
import Transfer

/// What a `gnocchi://`, `gnocchi+http://` or `gnocchi+https://` publisher's URL says. The parameters are those of Ceilometer's
/// `gnocchi://` (`ceilometer.publisher.gnocchi.GnocchiPublisher`), and a few of our own.
struct GnocchiParameters: Sendable, Hashable {
    /// Where Gnocchi is.
    let place: Place
    /// Names the queue; see `Publisher.identity`.
    let identity: String
    /// `timeout`, in seconds: how long one request may take.
    let timeout: Duration
    /// `max_retries`: further attempts at once if no connection could be made.
    let maxRetries: Int
    /// `max_metrics`: how many metrics at most go into one payload.
    let maxMetrics: Int
    /// `archive_policy`: the policy of all metrics, whatever the file says.
    let archivePolicy: String?
    /// Whose resources are not sent; `nil` for `enable_filter_project=false`.
    let filter: Filter?
    /// `ended_at`: whether instances that were deleted, and their disks and NICs, are marked so.
    let marksEnds: Bool
    /// `resources_definition_file`; `nil` for none, where the packaged one may take its place.
    let definitionFile: String?
    /// `verify_ssl`, `clientcert` and `clientkey`; without effect on a place that Keystone's catalogue tells.
    let tls: TLSSettings

    /// Where Gnocchi is, and how we say who we are.
    enum Place: Sendable, Hashable {
        /// Where Keystone's catalogue says, with a token (`gnocchi://`).
        case catalogue
        /// At a URL without credentials and without a slash at its end, with basic authentication or none.
        case address(String, credentials: BasicCredentials?)
    }

    /// `filter_project` and `filter_domain`: the project that Gnocchi itself runs in, in Ceilometer's words.
    struct Filter: Sendable, Hashable {
        let project: String
        let domain: String
        /// Whether the URL names the project.
        let isExplicit: Bool
    }

    static let known: [PublisherParameter] = [
        .init("archive_policy", "the archive policy of every new metric (as gnocchi_resources.yaml says)"),
        .init("resources_definition_file", "which file says what becomes of each meter (gnocchi_resources.yaml)"),
        .init(
            "filter_project", "project whose resources are not sent: its name (service); without Keystone its id (none)"
        ),
        .init("filter_domain", "the name of that project's domain; of no effect on an id (Default)"),
        .init("enable_filter_project", "false: filter_project has no effect (true)"),
        .init(
            "ended_at", "true: mark instances as ended, with their disks and NICs, when Nova has deleted them (false)"),
        .init("timeout", "seconds that one request may take, from 1 to 86400 (6.05)"),
        .init("max_retries", "further attempts at once if no connection can be made, from 0 to 100 (3)"),
        .init("max_metrics", "metrics that one request may carry, from 1 to 100000 (3000)"),
        .init("verify_ssl", "whether to verify the server's certificate, or the path of the CA to trust (true)"),
        .init("clientcert", "path of a PEM file with the client's certificate, and perhaps its key (none)"),
        .init("clientkey", "path of a PEM file with the client's key (in clientcert)"),
    ]

    /// Reads the parameters; `nil` with errors told if there can be no Gnocchi at such a URL.
    init?(_ reader: inout ParameterReader) {
        let url = reader.url
        let isInCatalogue = url.scheme == "gnocchi"
        guard isInCatalogue || !url.host.isEmpty else {
            reader.error("no host; expected \(url.scheme)://user@host:8041")
            return nil
        }
        var query = QueryString(url.query)
        timeout = reader.seconds("timeout", in: &query, default: .milliseconds(6050))
        maxRetries = reader.number("max_retries", in: &query, 0...100, default: 3)
        maxMetrics = reader.number("max_metrics", in: &query, 1...100_000, default: 3000)
        marksEnds = reader.flag("ended_at", in: &query)
        archivePolicy = query.take("archive_policy").last
        definitionFile = query.take("resources_definition_file").last
        filter = reader.filter(in: &query)
        tls = isInCatalogue ? reader.noTLS(in: &query) : reader.tls(in: &query)
        for parameter in query.parameters {
            let names = Self.known.map(\.name)
            let hint = NearMiss.hint(for: parameter.name, among: names)
            reader.warning("unknown parameter \(parameter.name); known are \(names.joined(separator: ", "))\(hint)")
        }
        guard !isInCatalogue else {
            if !url.host.isEmpty || url.credentials != nil {
                reader.warning(
                    "host and user have no effect, as in Ceilometer: Keystone tells where Gnocchi is, and "
                        + "[service_credentials] who we are; for an address of its own use gnocchi+http://user@host:8041"
                )
            }
            place = .catalogue
            identity = "gnocchi://"
            return
        }
        let scheme = url.scheme.hasSuffix("https") ? "https" : "http"
        let host = url.port.map { "\(url.host):\($0)" } ?? url.host
        var path = PercentEncoding.encodePath(url.path)
        while path.hasSuffix("/") { path.removeLast() }
        place = .address("\(scheme)://\(host)\(path)", credentials: url.credentials)
        let port = url.port ?? (scheme == "https" ? 443 : 80)
        identity = RedactedURL("gnocchi+\(scheme)://\(url.host.lowercased()):\(port)\(path)").description
    }
}

extension ParameterReader {
    /// Whether something is wanted that is not by default.
    fileprivate mutating func flag(_ name: String, in query: inout QueryString) -> Bool {
        guard let text = query.take(name).last else { return false }
        if let value = BooleanWord.value(text) { return value }
        warning("\(name)=\(text) is neither true nor false; it counts as false")
        return false
    }

    /// What has no effect where `[service_credentials]` says how to trust.
    fileprivate mutating func noTLS(in query: inout QueryString) -> TLSSettings {
        for name in ["verify_ssl", "clientcert", "clientkey"] where !query.take(name).isEmpty {
            warning(
                "\(name) has no effect on gnocchi://; see insecure, cafile, certfile and keyfile in [service_credentials]"
            )
        }
        return TLSSettings()
    }

    fileprivate mutating func seconds(
        _ name: String, in query: inout QueryString, default fallback: Duration
    ) -> Duration {
        guard let text = query.take(name).last else { return fallback }
        if let number = Double(text), number >= 1, number <= 86_400 { return .milliseconds(Int(number * 1000)) }
        warning("\(name)=\(text) is no number of seconds from 1 to 86400; the default is used")
        return fallback
    }

    fileprivate mutating func filter(in query: inout QueryString) -> GnocchiParameters.Filter? {
        let project = query.take("filter_project").last
        let domain = query.take("filter_domain").last
        var isEnabled = true
        if let text = query.take("enable_filter_project").last {
            if let value = BooleanWord.value(text) {
                isEnabled = value
            } else {
                warning("enable_filter_project=\(text) is neither true nor false; it counts as false, as in Ceilometer")
                isEnabled = false
            }
        }
        guard isEnabled else { return nil }
        return GnocchiParameters.Filter(
            project: project ?? "service", domain: domain ?? "Default", isExplicit: project != nil)
    }
}
