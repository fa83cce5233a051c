/// Reads who we are for Keystone from one group (`keystoneauth1.loading`, the loaders `password`, `v3password` and
/// `v3applicationcredential`). Options that are set to nothing count as not set, as there.
struct ServiceIdentity {
    private(set) var reader: OptionReader
    private let options: ServiceCredentialsOptions

    init(_ reader: OptionReader, group: String) {
        self.reader = reader
        options = ServiceCredentialsOptions(group: group)
    }

    /// Where Keystone is, and how we identify; `nil` if no `auth_type` is set, and if something is no good, which the
    /// reader tells then.
    mutating func method() -> (authURL: Located<String>, method: ServiceCredentials.Method)? {
        guard let type = text(options.authType) else { return nil }
        let url = authURL()
        let method: ServiceCredentials.Method?
        switch type.value {
        case "v3applicationcredential": method = applicationCredential()
        default: method = password(isGeneric: type.value == "password")
        }
        guard let url, let method else { return nil }
        return (url, method)
    }

    private mutating func authURL() -> Located<String>? {
        guard let url = needed(options.authURL, "where Keystone is") else { return nil }
        var text = url.value
        while text.hasSuffix("/") { text.removeLast() }
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.contains("?"), !text.contains("#") else {
            let shown = url.value.mayHoldPassword ? "" : ", not \(url.value.excerpt)"
            reader.refuse(options.authURL.row.name, "expected an http or https URL without a query\(shown)")
            return nil
        }
        guard !text.hasSuffix("/v2.0") else {
            reader.refuse(
                options.authURL.row.name, "Keystone has no Identity API v2.0 any more; leave out /v2.0, or write /v3")
            return nil
        }
        return url
    }

    private mutating func password(isGeneric: Bool) -> ServiceCredentials.Method? {
        let defaults = isGeneric ? (id: text(options.defaultDomainID), name: text(options.defaultDomainName)) : nil
        let user = user(
            domain: domain(options.userDomainID, options.userDomainName, defaultID: defaults?.id, defaults?.name))
        let password = needed(options.password, "the user's password")
        let scope = scope(
            projectDomain: domain(
                options.projectDomainID, options.projectDomainName, defaultID: defaults?.id, defaults?.name),
            readsTenant: isGeneric)
        guard let user, let password, let scope else { return nil }
        return .password(user, password: password.value, scope: scope)
    }

    private mutating func applicationCredential() -> ServiceCredentials.Method? {
        let secret = needed(options.applicationCredentialSecret, "the application credential's secret")
        let scopes = [
            options.projectID, options.projectName, options.domainID, options.domainName, options.systemScope,
            options.trustID,
        ]
        for option in scopes where text(option) != nil {
            // Keystone answers 401 to it, without saying why.
            reader.refuse(
                option.row.name,
                "an application credential is for one project, and Keystone takes no other; leave it out")
            return nil
        }
        if let id = text(options.applicationCredentialID) {
            return secret.map { .applicationCredential(id: id.value, secret: $0.value) }
        }
        guard let name = text(options.applicationCredentialName) else {
            reader.refuse(
                options.applicationCredentialID.row.name,
                "expected the application credential's id, or its name in application_credential_name")
            return nil
        }
        let domain = domain(options.userDomainID, options.userDomainName, defaultID: nil, nil)
        guard let user = user(domain: domain), let secret else { return nil }
        return .namedApplicationCredential(name: name.value, user: user, secret: secret.value)
    }

    private mutating func user(domain: ServiceCredentials.Domain?) -> ServiceCredentials.User? {
        let name = text(options.username)
        if let id = text(options.userID) { return .id(id.value) }
        guard let name else {
            reader.refuse(options.username.row.name, "expected the user's name, or its id in user_id")
            return nil
        }
        guard let domain else {
            reader.refuse(
                options.username.row.name,
                "a user's name is unique in its domain only; set user_domain_name or user_domain_id")
            return nil
        }
        return .name(name.value, domain: domain)
    }

    private mutating func scope(
        projectDomain: ServiceCredentials.Domain?, readsTenant: Bool
    ) -> ServiceCredentials.Scope? {
        let project = text(options.projectID, readsOlderNames: readsTenant)
        let projectName = text(options.projectName, readsOlderNames: readsTenant)
        let domain = domain(options.domainID, options.domainName, defaultID: nil, nil)
        let system = text(options.systemScope)
        let trust = text(options.trustID)
        let wanted = [
            (project ?? projectName) == nil ? nil : "project", domain == nil ? nil : "domain",
            system == nil ? nil : "system", trust == nil ? nil : "trust",
        ].compactMap(\.self)
        guard wanted.count <= 1 else {
            reader.refuse(
                domain != nil
                    ? (text(options.domainID) == nil ? options.domainName : options.domainID).row.name
                    : (system != nil ? options.systemScope : options.trustID).row.name,
                "we can act for one thing only, and this says \(wanted.joined(separator: " and ")); leave out all but one"
            )
            return nil
        }
        if let project { return .project(id: project.value) }
        if let projectName {
            guard let projectDomain else {
                reader.refuse(
                    options.projectName.row.name,
                    "a project's name is unique in its domain only; set project_domain_name or project_domain_id")
                return nil
            }
            return .projectName(projectName.value, domain: projectDomain)
        }
        if let domain { return .domain(domain) }
        if system != nil { return .system }
        return trust.map { .trust(id: $0.value) } ?? .unscoped
    }

    /// An id counts more than a name, and a default id more than a name that is not the default
    /// (`keystoneauth1.identity.generic`).
    private mutating func domain(
        _ idOption: TypedOption<String>, _ nameOption: TypedOption<String>, defaultID: Located<String>?,
        _ defaultName: Located<String>?
    ) -> ServiceCredentials.Domain? {
        let id = text(idOption) ?? defaultID
        let name = text(nameOption) ?? defaultName
        return id.map { .id($0.value) } ?? name.map { .name($0.value) }
    }

    // MARK: Options

    /// The option's value, by its own name or an older one; `nil` if it is not set, or to nothing.
    private mutating func text(
        _ option: TypedOption<String>, readsOlderNames: Bool = true
    ) -> Located<String>? {
        let older = readsOlderNames ? ServiceCredentialsOptions.olderNames[option.row.name.key] ?? [] : []
        let name = [option.row.name.key] + older
        let key = name.first { reader.sources[OptionName(options.group, $0)] != nil } ?? option.row.name.key
        guard let value = reader.value(option.named(key)), !value.value.isEmpty else { return nil }
        return value
    }

    private mutating func needed(_ option: TypedOption<String>, _ what: String) -> Located<String>? {
        let before = reader.diagnostics.all.count
        if let value = text(option) { return value }
        if reader.diagnostics.all.count == before { reader.refuse(option.row.name, "expected \(what)") }
        return nil
    }
}

extension TypedOption {
    /// The same option under another name in the same group.
    fileprivate func named(_ key: String) -> TypedOption {
        TypedOption(
            row.origin, row.name.group, key, type, default: row.defaultValue, unit: row.unit, secret: row.isSecret,
            withoutEffect: row.withoutEffect, row.help)
    }
}
