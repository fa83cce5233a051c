/// A kind of publisher: what stands before `://`, and which parameters it takes.
public struct PublisherScheme: Sendable, Hashable {
    /// The scheme, in lower case.
    public let name: String
    /// What becomes of the samples, in one line.
    public let summary: String
    /// The parameters, in the order in which they are explained.
    public let parameters: [PublisherParameter]

    init(_ name: String, _ summary: String, _ parameters: [PublisherParameter]) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
    }

    /// All kinds of publishers.
    public static let all: [PublisherScheme] = [
        .init("http", "posts JSON to an HTTP server", HTTPParameters.known),
        .init("https", "posts JSON to an HTTP server over TLS", HTTPParameters.known),
        .init("gnocchi", "posts measures to the Gnocchi of Keystone's catalogue", GnocchiParameters.known),
        .init("gnocchi+http", "posts measures to Gnocchi", GnocchiParameters.known),
        .init("gnocchi+https", "posts measures to Gnocchi over TLS", GnocchiParameters.known),
        .init("file", "appends a line for each sample to a file", FileParameters.known),
        .init("test", "keeps the newest samples in memory, to try a pipeline", []),
    ]

    /// Kinds that Ceilometer 27 has and this version has not (its entry points `ceilometer.sample.publisher`).
    static let missing: Set = ["notifier", "opentelemetryhttp", "prometheus", "tcp", "udp", "zaqar"]

    /// The scheme of a URL, if it is such a kind; `nil` otherwise.
    static func missing(in url: String) -> String? {
        do throws(PublisherURLError) {
            let scheme = try PublisherURL(url).scheme
            return missing.contains(scheme) ? scheme : nil
        } catch {
            return nil
        }
    }
}
