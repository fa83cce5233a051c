import Telemetry

/// Something that was looked at in a running service, and what was found.
public struct InspectionFinding: Sendable, Hashable {
    /// What it means for the agent.
    public enum Severity: Sendable, Hashable {
        /// It is as it should be, or worth knowing.
        case good
        /// It works, and something should be done about it.
        case warning
        /// It does not work.
        case failure
    }

    /// What it means for the agent.
    public let severity: Severity
    /// What was found and what to do, in one line, without secrets.
    public let text: String

    /// A finding.
    public init(_ severity: Severity, _ text: String) {
        self.severity = severity
        self.text = text.oneLine
    }

    /// A finding that all is well.
    public static func good(_ text: String) -> InspectionFinding { InspectionFinding(.good, text) }
}
