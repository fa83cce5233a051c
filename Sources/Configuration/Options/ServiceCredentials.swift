/// What `[service_credentials]` says, as it was written: what it comes to is for Keystone's client to judge. A text is
/// `nil` if it is empty or nothing sets it. What describes this shows neither passwords nor secrets.
public struct ServiceCredentials: Sendable, Hashable {
    /// `auth_type`.
    public var authType: Located<String>
    /// `auth_url`.
    public var authURL: Located<String>?
    /// `user_id`.
    public var userID: Located<String>?
    /// `username`.
    public var username: Located<String>?
    /// `user_domain_id`.
    public var userDomainID: Located<String>?
    /// `user_domain_name`.
    public var userDomainName: Located<String>?
    /// `password`.
    public var password: Located<String>?
    /// `project_id`.
    public var projectID: Located<String>?
    /// `project_name`.
    public var projectName: Located<String>?
    /// `project_domain_id`.
    public var projectDomainID: Located<String>?
    /// `project_domain_name`.
    public var projectDomainName: Located<String>?
    /// `default_domain_id`.
    public var defaultDomainID: Located<String>?
    /// `default_domain_name`.
    public var defaultDomainName: Located<String>?
    /// `domain_id`.
    public var domainID: Located<String>?
    /// `domain_name`.
    public var domainName: Located<String>?
    /// `system_scope`.
    public var systemScope: Located<String>?
    /// `trust_id`.
    public var trustID: Located<String>?
    /// `application_credential_id`.
    public var applicationCredentialID: Located<String>?
    /// `application_credential_name`.
    public var applicationCredentialName: Located<String>?
    /// `application_credential_secret`.
    public var applicationCredentialSecret: Located<String>?
    /// `interface`.
    public var interface: Located<String>
    /// `region_name`.
    public var regionName: Located<String>?
    /// `cafile`.
    public var caFile: Located<String>?
    /// `certfile`.
    public var certFile: Located<String>?
    /// `keyfile`.
    public var keyFile: Located<String>?
    /// `insecure`.
    public var insecure: Bool
    /// `timeout`; `nil`: nothing is said.
    public var timeout: Duration?
}

extension ServiceCredentials {
    /// Reads the group, and the one that its `auth_section` names. `nil` if no `auth_type` is set, or if a value is no
    /// good, which the reader tells then.
    init?(from reader: inout OptionReader) {
        typealias Options = ServiceCredentialsOptions
        let session = Options.standard
        let section = reader.text(session.authSection)?.value
        let plugin = section.map { Options(group: $0) } ?? session
        guard let authType = reader.text(plugin.authType) else { return nil }
        self.authType = authType
        authURL = reader.text(plugin.authURL)
        userID = reader.text(plugin.userID)
        username = reader.text(plugin.username)
        userDomainID = reader.text(plugin.userDomainID)
        userDomainName = reader.text(plugin.userDomainName)
        password = reader.text(plugin.password)
        projectID = reader.text(plugin.projectID)
        projectName = reader.text(plugin.projectName)
        projectDomainID = reader.text(plugin.projectDomainID)
        projectDomainName = reader.text(plugin.projectDomainName)
        defaultDomainID = reader.text(plugin.defaultDomainID)
        defaultDomainName = reader.text(plugin.defaultDomainName)
        domainID = reader.text(plugin.domainID)
        domainName = reader.text(plugin.domainName)
        systemScope = reader.text(plugin.systemScope)
        trustID = reader.text(plugin.trustID)
        applicationCredentialID = reader.text(plugin.applicationCredentialID)
        applicationCredentialName = reader.text(plugin.applicationCredentialName)
        applicationCredentialSecret = reader.text(plugin.applicationCredentialSecret)
        regionName = reader.text(session.regionName)
        caFile = reader.text(session.caFile)
        certFile = reader.text(session.certFile)
        keyFile = reader.text(session.keyFile)
        guard let interface = reader.value(session.interface), let insecure = reader.value(session.insecure),
            let timeout = reader.value(session.timeout)
        else { return nil }
        self.interface = interface
        self.insecure = insecure.value
        self.timeout = timeout.value
    }
}

extension OptionReader {
    /// A text that says something; `nil` if it does not, or is no good, which has been told then.
    fileprivate mutating func text(_ option: TypedOption<String>) -> Located<String>? {
        value(option).flatMap { $0.value.isEmpty ? nil : $0 }
    }
}

extension ServiceCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How and where, without password or secret.
    public var description: String { "\(authType.value) credentials" }
    /// As `description`.
    public var debugDescription: String { description }
    /// Nothing, so that `dump` shows no secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
