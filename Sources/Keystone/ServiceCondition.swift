import Telemetry

/// Something that holds or no longer holds between us and the cloud. It is told again at each try as long as it holds:
/// whoever logs it decides how often.
public struct ServiceCondition: Sendable, Hashable {
    /// What it is about. Each is a condition of its own.
    public enum Topic: String, CaseIterable, Sendable {
        /// The names of users and projects cannot be had from Keystone.
        case names = "keystone_names"
        /// The host's servers cannot be listed.
        case listing = "nova_listing"
        /// Servers cannot be looked up.
        case servers = "nova_servers"
        /// Flavors cannot be looked up.
        case flavors = "nova_flavors"
        /// Images cannot be looked up.
        case images = "glance_images"
        /// Nova does not tell what became of instances that are gone.
        case ends = "nova_ends"
        /// Some servers of a list cannot be read and are left out.
        case malformed = "nova_malformed_servers"
        /// More is asked for than is kept.
        case overflow = "nova_overflow"
    }

    /// What it is about.
    public let topic: Topic
    /// What is wrong and what to do, in one line; `nil`: it is over, or never was.
    public let problem: String?

    /// The condition of that topic.
    public init(_ topic: Topic, _ problem: String?) {
        self.topic = topic
        self.problem = problem?.oneLine
    }
}
