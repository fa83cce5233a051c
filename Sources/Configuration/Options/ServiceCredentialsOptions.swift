/// The options of `[service_credentials]`, or of the group that its `auth_section` names: those of Ceilometer
/// (`ceilometer.keystone_client`) and of keystoneauth1's plug-ins `password` and `v3applicationcredential`.
struct ServiceCredentialsOptions {
    static let group = "service_credentials"
    static let standard = ServiceCredentialsOptions(group: group)

    // Of [service_credentials] alone.
    let authSection: TypedOption<String>
    let interface: TypedOption<String>
    let regionName: TypedOption<String>
    let caFile: TypedOption<String>
    let certFile: TypedOption<String>
    let keyFile: TypedOption<String>
    let insecure: TypedOption<Bool>
    let timeout: TypedOption<Duration?>

    // Of that group or the one that auth_section names.
    let authType: TypedOption<String>
    let authURL: TypedOption<String>
    let userID: TypedOption<String>
    let username: TypedOption<String>
    let userDomainID: TypedOption<String>
    let userDomainName: TypedOption<String>
    let password: TypedOption<String>
    let projectID: TypedOption<String>
    let projectName: TypedOption<String>
    let projectDomainID: TypedOption<String>
    let projectDomainName: TypedOption<String>
    let defaultDomainID: TypedOption<String>
    let defaultDomainName: TypedOption<String>
    let domainID: TypedOption<String>
    let domainName: TypedOption<String>
    let systemScope: TypedOption<String>
    let trustID: TypedOption<String>
    let applicationCredentialID: TypedOption<String>
    let applicationCredentialName: TypedOption<String>
    let applicationCredentialSecret: TypedOption<String>

    init(group: String) {
        func text(
            _ key: String, default value: String = "", formerly: [String] = [], secret: Bool = false, _ help: String
        ) -> TypedOption<String> {
            TypedOption(.ceilometer, group, key, .string, default: value, secret: secret, formerly: formerly, help)
        }
        authSection = text(
            "auth_section",
            "Another group that holds auth_type, auth_url and all that is said of user and project. interface, region_name, "
                + "timeout and the TLS files stay in this group.")
        interface = text(
            "interface", default: "public",
            "Which endpoint of a service in the catalogue is used: public, internal or admin (also publicURL and so on)."
        )
        regionName = text("region_name", "The region whose endpoints are used; empty: the first that fits.")
        caFile = text("cafile", "PEM file of the certification authorities to trust; empty: the system's.")
        certFile = text("certfile", "PEM file of the client certificate to show.")
        keyFile = text("keyfile", "PEM file of the client certificate's key, if that is not in certfile.")
        insecure = TypedOption(
            .ceilometer, group, "insecure", .boolean, default: "false",
            "Trust whatever certificate Keystone and the services show.")
        timeout = TypedOption(
            .ceilometer, group, "timeout", .optionalDuration, default: "", unit: "seconds",
            "How long a request to Keystone or a service may take; nothing: 10 s.")
        authType = text(
            "auth_type", formerly: ["auth_plugin"],
            "How to identify: password (also v3password) or v3applicationcredential. Empty: not at all; then nothing may "
                + "need Nova or Keystone.")
        authURL = text("auth_url", "Where Keystone is, such as https://keystone.example.org:5000, with or without /v3.")
        userID = text("user_id", "The user's id.")
        username = text("username", formerly: ["user_name"], "The user's name; needs the user's domain.")
        userDomainID = text("user_domain_id", "The id of the user's domain.")
        userDomainName = text("user_domain_name", "The name of the user's domain.")
        password = text("password", secret: true, "The user's password.")
        projectID = text(
            "project_id", formerly: ["tenant_id"], "The id of the project that the token is to be good for.")
        projectName = text(
            "project_name", formerly: ["tenant_name"],
            "The name of the project that the token is to be good for; needs the project's domain.")
        projectDomainID = text("project_domain_id", "The id of the project's domain.")
        projectDomainName = text("project_domain_name", "The name of the project's domain.")
        defaultDomainID = text("default_domain_id", "The id of the domain of user and project, where none is given.")
        defaultDomainName = text(
            "default_domain_name", "The name of the domain of user and project, where none is given.")
        domainID = text("domain_id", "The id of the domain that the token is to be good for.")
        domainName = text("domain_name", "The name of the domain that the token is to be good for.")
        systemScope = text("system_scope", "all: the token is to be good for the cloud as a whole.")
        trustID = text("trust_id", "The trust that delegates what the token is good for.")
        applicationCredentialID = text("application_credential_id", "The application credential's id.")
        applicationCredentialName = text(
            "application_credential_name", "The application credential's name; needs the user.")
        applicationCredentialSecret = text(
            "application_credential_secret", secret: true, "The application credential's secret.")
    }

    var rows: [ConfigOption] {
        [
            authType.row, authSection.row, authURL.row, username.row, userID.row, password.row, userDomainName.row,
            userDomainID.row, projectName.row, projectID.row, projectDomainName.row, projectDomainID.row,
            defaultDomainName.row, defaultDomainID.row, domainName.row, domainID.row, systemScope.row, trustID.row,
            applicationCredentialID.row, applicationCredentialName.row, applicationCredentialSecret.row, interface.row,
            regionName.row, caFile.row, certFile.row, keyFile.row, insecure.row, timeout.row,
        ]
    }
}
