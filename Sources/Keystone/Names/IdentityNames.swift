/// The names of users and projects that were asked for lately, as far as they are known.
public struct IdentityNames: Sendable, Hashable {
    /// Changes whenever the content does, and only then.
    public let generation: Int
    /// Names of users by their ids.
    public let users: [String: String]
    /// Names of projects by their ids.
    public let projects: [String: String]

    /// Those names.
    public init(generation: Int = 0, users: [String: String] = [:], projects: [String: String] = [:]) {
        self.generation = generation
        self.users = users
        self.projects = projects
    }
}
