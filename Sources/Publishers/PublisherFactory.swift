public import Configuration
public import Outbox
import Telemetry
import Transfer

/// Makes publishers from the URLs in pipeline.yaml.
public struct PublisherFactory: Sendable {
    private let context: PublisherContext

    /// A factory whose publishers get that context.
    public init(context: PublisherContext) {
        self.context = context
    }

    /// The publisher of a URL that stands at `location`; `nil` if it cannot be made, and then `diagnostics` has the
    /// errors. Opens nothing and connects to nothing.
    public func publisher(
        for url: String, at location: SourceLocation?, into diagnostics: inout Diagnostics
    ) -> (any Publisher)? {
        switch PublisherParameters(url, at: location, into: &diagnostics) {
        case .http(let parameters): HTTPPublisher(parameters, context: context)
        case .file(let parameters): FilePublisher(parameters, context: context)
        case .test(let parameters): TestPublisher(parameters, context: context)
        case .gnocchi(let parameters): gnocchi(parameters, at: location, into: &diagnostics)
        case nil: nil
        }
    }

    private func gnocchi(
        _ parameters: GnocchiParameters, at location: SourceLocation?, into diagnostics: inout Diagnostics
    ) -> GnocchiPublisher? {
        guard let definition = context.files.definition(parameters.definitionFile) else {
            let name = parameters.definitionFile ?? PackagedDefinition.fileName
            diagnostics.error(at: location, "\(name) was not read with the configuration".oneLine)
            return nil
        }
        guard let publisher = GnocchiPublisher(parameters, definition: definition, context: context) else {
            diagnostics.error(at: location, "gnocchi:// needs Keystone, and there is no session with one")
            return nil
        }
        return publisher
    }

    /// Everything that is wrong or doubtful about a publisher's URL that stands at `location`. Files that it names are
    /// not looked at; see `PublisherFiles`.
    public static func validate(_ url: String, at location: SourceLocation?) -> [Diagnostic] {
        var diagnostics = Diagnostics()
        _ = PublisherParameters(url, at: location, into: &diagnostics)
        return diagnostics.all
    }

    /// The name of the queue that a URL's publisher has (`Publisher.identity`); `nil` for a URL that is none.
    public static func identity(of url: String) -> String? {
        var diagnostics = Diagnostics()
        return switch PublisherParameters(url, at: nil, into: &diagnostics) {
        case .http(let parameters): parameters.identity
        case .file(let parameters): parameters.identity
        case .test(let parameters): parameters.identity
        case .gnocchi(let parameters): parameters.identity
        case nil: nil
        }
    }

    /// What is wrong with a URL's publisher where `[service_credentials]` cannot be used; `nil` if it does not need them.
    public static func problemWithoutKeystone(_ url: String) -> String? {
        var diagnostics = Diagnostics()
        guard case .gnocchi(let parameters) = PublisherParameters(url, at: nil, into: &diagnostics) else { return nil }
        let expected = "expected an auth_type with auth_url, user, password and project there, as Ceilometer has them"
        if parameters.place == .catalogue {
            return "gnocchi:// finds Gnocchi through Keystone, and [service_credentials] has nothing that can be used; "
                + "\(expected), or the address: gnocchi+http://user@host:8041"
        }
        guard parameters.marksEnds else { return nil }
        return
            "ended_at=true asks Nova whether an instance was deleted or moved, and [service_credentials] has nothing that "
            + "can be used; \(expected)"
    }

    /// Whether a URL's publisher tells of instances that are gone for good: only Nova knows, so it needs
    /// `[service_credentials]`.
    public static func marksEnds(_ url: String) -> Bool {
        var diagnostics = Diagnostics()
        guard case .gnocchi(let parameters) = PublisherParameters(url, at: nil, into: &diagnostics) else {
            return false
        }
        return parameters.marksEnds
    }

    /// Whether a URL's publisher signs samples, and so needs `[publisher] telemetry_secret`.
    public static func signs(_ url: String) -> Bool {
        var diagnostics = Diagnostics()
        return switch PublisherParameters(url, at: nil, into: &diagnostics) {
        case .http(let parameters): parameters.isSigned
        case .file(let parameters): parameters.isSigned
        case .gnocchi, .test, nil: false
        }
    }

    /// The URL as it may be shown: `***` in the place of a password and of what a telling query parameter holds.
    public static func redacted(_ url: String) -> String {
        RedactedURL(url).description
    }
}
