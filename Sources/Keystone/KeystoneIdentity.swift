/// Whom Keystone takes us for.
public struct KeystoneIdentity: Sendable, Hashable {
    /// The user's id.
    public let userID: String
    /// The user's name.
    public let userName: String
    /// The id of the project that the token is good for; `nil` unless it is good for one.
    public let projectID: String?
    /// The project's name.
    public let projectName: String?
    /// The id of the project's domain.
    public let projectDomainID: String?
    /// The name of the project's domain.
    public let projectDomainName: String?
    /// The names of the roles that we have there.
    public let roles: [String]

    /// An identity of those properties.
    public init(
        userID: String, userName: String, projectID: String?, projectName: String?, projectDomainID: String? = nil,
        projectDomainName: String? = nil, roles: [String]
    ) {
        self.userID = userID
        self.userName = userName
        self.projectID = projectID
        self.projectName = projectName
        self.projectDomainID = projectDomainID
        self.projectDomainName = projectDomainName
        self.roles = roles
    }
}
