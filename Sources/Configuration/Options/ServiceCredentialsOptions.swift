/// The options of `[service_credentials]`, or of the group that its `auth_section` names: those of `keystoneauth1`'s
/// loaders `password`, `v3password` and `v3applicationcredential`, of its session, and of `ceilometer.keystone_client`.
struct ServiceCredentialsOptions {
    /// The group that Ceilometer reads.
    static let standardGroup = "service_credentials"

    /// The group that they are read from.
    let group: String

    var authSection: TypedOption<String> {
        option("auth_section", "Another group to read the options from that begin with auth, and who we are.")
    }
    var authType: TypedOption<String> {
        option(
            "auth_type", .authType,
            "How we identify to Keystone. Nothing: Keystone and Nova are not asked for anything.")
    }
    var authURL: TypedOption<String> { option("auth_url", "Where Keystone is, with or without /v3.") }
    var username: TypedOption<String> { option("username", "The user's name, which needs a domain. Or user_id.") }
    var userID: TypedOption<String> { option("user_id", "The user's id, if not its name.") }
    var password: TypedOption<String> { option("password", secret: true, "The user's password.") }
    var userDomainName: TypedOption<String> { option("user_domain_name", "The name of the user's domain.") }
    var userDomainID: TypedOption<String> { option("user_domain_id", "The id of the user's domain.") }
    var projectName: TypedOption<String> {
        option("project_name", "The name of our project, which needs a domain. Or project_id.")
    }
    var projectID: TypedOption<String> { option("project_id", "The id of our project.") }
    var projectDomainName: TypedOption<String> { option("project_domain_name", "The name of the project's domain.") }
    var projectDomainID: TypedOption<String> { option("project_domain_id", "The id of the project's domain.") }
    var defaultDomainName: TypedOption<String> {
        option("default_domain_name", "With auth_type = password: the name of the domain of user and project.")
    }
    var defaultDomainID: TypedOption<String> {
        option(
            "default_domain_id",
            "With auth_type = password: the id of the domain of user and project. As in Ceilometer it counts more than "
                + "the names of their domains.")
    }
    var domainName: TypedOption<String> {
        option("domain_name", "The name of the domain that we act for, instead of a project.")
    }
    var domainID: TypedOption<String> {
        option("domain_id", "The id of the domain that we act for, instead of a project.")
    }
    var systemScope: TypedOption<String> {
        option("system_scope", .systemScope, "all, to act for the cloud as a whole, instead of a project.")
    }
    var trustID: TypedOption<String> {
        option("trust_id", "The id of the trust that we act by, instead of a project.")
    }
    var applicationCredentialID: TypedOption<String> {
        option("application_credential_id", "With auth_type = v3applicationcredential: its id.")
    }
    var applicationCredentialName: TypedOption<String> {
        option(
            "application_credential_name",
            "With auth_type = v3applicationcredential: its name, which needs the user whose it is. Or its id.")
    }
    var applicationCredentialSecret: TypedOption<String> {
        option("application_credential_secret", secret: true, "With auth_type = v3applicationcredential: its secret.")
    }
    var interface: TypedOption<ServiceInterface> {
        option(
            "interface", OptionType<ServiceInterface>.choice, default: "public",
            "Which endpoints of the services are used. If it is not set, the environment variable OS_INTERFACE counts.")
    }
    var regionName: TypedOption<String> {
        option(
            "region_name",
            "The region whose services are used; nothing: the first in the catalogue. If it is not set, the environment "
                + "variable OS_REGION_NAME counts.")
    }
    var caFile: TypedOption<String> {
        option("cafile", "A PEM file of the authorities that sign the services' certificates; nothing: the system's.")
    }
    var certificateFile: TypedOption<String> { option("certfile", "A PEM file with our client certificate.") }
    var keyFile: TypedOption<String> {
        option("keyfile", "A PEM file with the key, if it is not with the certificate.")
    }
    var isInsecure: TypedOption<Bool> {
        option("insecure", .boolean, default: "false", "Whether the services' certificates are not verified.")
    }
    var timeout: TypedOption<Duration> {
        option(
            "timeout", .duration(atLeast: 0.1), default: "30", unit: "seconds",
            "How long a request to Keystone, Nova or Glance may take. Ceilometer would wait for ever unless this is set."
        )
    }

    /// Older names that count where the newer one is not set (`keystoneauth1`, deprecated options). Those of the project
    /// are known to `auth_type = password` alone.
    static let olderNames = [
        "auth_type": ["auth_plugin"], "username": ["user_name", "user-name"],
        "project_name": ["tenant_name", "tenant-name"], "project_id": ["tenant_id", "tenant-id"],
    ]

    static var rows: [ConfigOption] {
        let all = ServiceCredentialsOptions(group: standardGroup)
        return [
            all.authType.row, all.authSection.row, all.authURL.row, all.username.row, all.userID.row, all.password.row,
            all.userDomainName.row, all.userDomainID.row, all.projectName.row, all.projectID.row,
            all.projectDomainName.row, all.projectDomainID.row, all.defaultDomainName.row, all.defaultDomainID.row,
            all.domainName.row, all.domainID.row, all.systemScope.row, all.trustID.row,
            all.applicationCredentialID.row, all.applicationCredentialName.row, all.applicationCredentialSecret.row,
            all.interface.row, all.regionName.row, all.caFile.row, all.certificateFile.row, all.keyFile.row,
            all.isInsecure.row, all.timeout.row, ServiceTypesOptions.nova.row,
        ]
    }

    private func option(_ key: String, secret: Bool = false, _ help: String) -> TypedOption<String> {
        TypedOption(.ceilometer, group, key, .string, default: "", secret: secret, help)
    }

    private func option<Value>(
        _ key: String, _ type: OptionType<Value>, default defaultValue: String = "", unit: String? = nil,
        _ help: String
    ) -> TypedOption<Value> {
        TypedOption(.ceilometer, group, key, type, default: defaultValue, unit: unit, help)
    }
}

/// `[service_types]`: the types under which the catalogue has the services.
enum ServiceTypesOptions {
    static let nova = TypedOption(
        .ceilometer, "service_types", "nova", .string, default: "compute", "The type of Nova in Keystone's catalogue.")
}

extension OptionType<String> {
    private static let authTypes = ["password", "v3password", "v3applicationcredential"]

    /// The names of the loaders of `keystoneauth1` that there are here.
    fileprivate static let authType = OptionType(
        "\(authTypes.joined(separator: ", ")) or nothing", choices: authTypes,
        parse: { $0.isEmpty || authTypes.contains($0) ? $0 : nil }, format: \.self)

    /// What `keystoneauth1.identity.v3` takes.
    fileprivate static let systemScope = OptionType(
        "all or nothing", choices: ["all"], parse: { $0.isEmpty || $0 == "all" ? $0 : nil }, format: \.self)
}
