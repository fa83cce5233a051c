/// Something to tell the user about a configuration file.
public struct Diagnostic: Sendable, Hashable {
    /// Whether the agent can start.
    public enum Severity: String, Sendable {
        /// The file cannot be used.
        case error
        /// The file is used, but probably not as the user meant.
        case warning
    }

    /// Whether the agent can start in spite of it.
    public let severity: Severity
    /// Where it stands; `nil` for what stands nowhere, such as a missing file.
    public let location: SourceLocation?
    /// What is wrong, what was expected, and what to do.
    public let message: String

    /// A diagnostic with those properties.
    public init(_ severity: Severity, at location: SourceLocation?, _ message: String) {
        self.severity = severity
        self.location = location
        self.message = message
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error: message`
    public var description: String {
        if let location { "\(location): \(severity.rawValue): \(message)" } else { "\(severity.rawValue): \(message)" }
    }
}

/// Collects diagnostics, so that all errors of all files are told at once.
public struct Diagnostics: Sendable {
    /// Everything told so far, in order.
    public private(set) var all: [Diagnostic] = []

    /// An empty collection.
    public init() {}

    /// A collection of one error.
    public init(error message: String, at location: SourceLocation?) {
        error(at: location, message)
    }

    /// Whether anything forbids the start.
    public var hasErrors: Bool { all.contains { $0.severity == .error } }

    /// Tells of an error.
    public mutating func error(at location: SourceLocation?, _ message: String) {
        all.append(Diagnostic(.error, at: location, message))
    }

    /// Tells of a doubt.
    public mutating func warning(at location: SourceLocation?, _ message: String) {
        all.append(Diagnostic(.warning, at: location, message))
    }

    /// These diagnostics, as warnings unless they matter.
    public func demoted(unless matters: Bool) -> Diagnostics {
        guard !matters else { return self }
        var demoted = Diagnostics()
        demoted.all = all.map { Diagnostic(.warning, at: $0.location, $0.message) }
        return demoted
    }

    /// Takes over some diagnostics.
    public mutating func append(contentsOf more: [Diagnostic]) {
        all.append(contentsOf: more)
    }

    /// Takes over what another collection holds.
    public mutating func append(_ other: Diagnostics) {
        all.append(contentsOf: other.all)
    }
}

/// A configuration that cannot be used: every error in it, at once.
public struct ConfigurationError: Error, CustomStringConvertible {
    /// What is wrong; at least one is an error.
    public let diagnostics: [Diagnostic]

    /// An error that tells all of these.
    public init(_ diagnostics: Diagnostics) {
        self.diagnostics = diagnostics.all
    }

    /// A line for each diagnostic.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
