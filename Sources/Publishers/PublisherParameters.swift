import Configuration
import Telemetry
import Transfer

/// A publisher's URL, understood.
enum PublisherParameters {
    case http(HTTPParameters)
    case file(FileParameters)
    case test(TestParameters)
    case gnocchi(GnocchiParameters)

    init?(_ text: String, at location: SourceLocation?, into diagnostics: inout Diagnostics) {
        let url: PublisherURL
        do {
            url = try PublisherURL(text)
        } catch {
            diagnostics.error(at: location, "publisher \(RedactedURL(text)): \(error)".oneLine)
            return nil
        }
        var reader = ParameterReader(url: url, location: location)
        defer { diagnostics.append(reader.diagnostics) }
        switch url.scheme {
        case "http", "https":
            guard let parameters = HTTPParameters(&reader) else { return nil }
            self = .http(parameters)
        case "file":
            guard let parameters = FileParameters(&reader) else { return nil }
            self = .file(parameters)
        case "test":
            self = .test(TestParameters(&reader))
        case "gnocchi", "gnocchi+http", "gnocchi+https":
            guard let parameters = GnocchiParameters(&reader) else { return nil }
            self = .gnocchi(parameters)
        default:
            let names = PublisherScheme.all.map(\.name)
            let known = names.map { "\($0)://" }.joined(separator: ", ")
            if PublisherScheme.missing(in: text) != nil {
                diagnostics.error(
                    at: location,
                    "\(url.scheme):// is a publisher of Ceilometer that this version does not have; expected one of \(known)"
                )
            } else {
                let hint = NearMiss.hint(for: url.scheme, among: names)
                reader.error("this scheme is unknown; expected one of \(known)\(hint)")
            }
            return nil
        }
    }
}
