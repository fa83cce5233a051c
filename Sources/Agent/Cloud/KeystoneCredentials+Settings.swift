import Configuration
import Keystone
import Transfer

extension KeystoneCredentials {
    /// What `[service_credentials]` comes to; `nil` if it is not complete or contradicts itself, which `diagnostics` tell
    /// then.
    init?(_ written: ServiceCredentials, into diagnostics: inout Diagnostics) {
        let before = diagnostics.errorCount
        var method: Method?
        switch written.authType.value {
        case "password", "v3password": method = Self.password(written, &diagnostics)
        case "v3applicationcredential": method = Self.applicationCredential(written, &diagnostics)
        case let other:
            let known = ["password", "v3password", "v3applicationcredential"]
            diagnostics.error(
                at: written.authType.location,
                "[service_credentials] auth_type: expected one of \(known.joined(separator: ", ")), not \(other.excerpt)"
                    + NearMiss.hint(for: other, among: known))
        }
        let interface = EndpointInterface(named: written.interface.value)
        if interface == nil {
            diagnostics.error(
                at: written.interface.location,
                "[service_credentials] interface: expected public, internal or admin, not "
                    + written.interface.value.excerpt)
        }
        let authURL = written.authURL?.value ?? ""
        if !authURL.hasPrefix("http://"), !authURL.hasPrefix("https://") {
            let found = authURL.isEmpty ? "nothing" : RedactedURL(authURL).description.excerpt
            diagnostics.error(
                at: (written.authURL ?? written.authType).location,
                "[service_credentials] auth_url: expected Keystone's http or https URL, not \(found)")
        }
        if authURL.hasSuffix("/v2.0") || authURL.hasSuffix("/v2.0/") {
            diagnostics.error(
                at: written.authURL?.location,
                "[service_credentials] auth_url: Keystone has no version 2 any more; expected the URL without /v2.0")
        }
        Self.checkFiles(written, &diagnostics)
        guard diagnostics.errorCount == before, let method, let interface else { return nil }
        self.init(authURL: authURL, method: method)
        self.interface = interface
        regionName = written.regionName?.value
        tls = TLSSettings(
            trust: written.insecure ? .anyone : written.caFile.map { .authorities(path: $0.value) } ?? .system,
            clientCertificate: written.certFile?.value, clientKey: written.keyFile?.value)
        if let timeout = written.timeout { self.timeout = timeout }
    }

    /// Tells of TLS files that can be none, and warns of those that the present user cannot read. Blocks, for some seconds
    /// at most.
    private static func checkFiles(_ written: ServiceCredentials, _ diagnostics: inout Diagnostics) {
        let files = [
            ("cafile", written.insecure ? nil : written.caFile), ("certfile", written.certFile),
            ("keyfile", written.keyFile),
        ]
        for (option, file) in files {
            guard let file, let problem = NamedFile(file.value).problem(orDirectory: option == "cafile") else {
                continue
            }
            let text =
                "[service_credentials] \(option): \(file.value.excerpt) \(problem.text); expected the path of a PEM file"
            if problem.isCertain {
                diagnostics.error(at: file.location, text)
            } else {
                diagnostics.warning(at: file.location, text)
            }
        }
    }

    private static func password(_ written: ServiceCredentials, _ diagnostics: inout Diagnostics) -> Method? {
        let user = user(written, &diagnostics)
        let scope = scope(written, &diagnostics)
        guard let password = written.password?.value else {
            diagnostics.missing("password", "the user's password", written)
            return nil
        }
        guard let user, let scope else { return nil }
        return .password(user, password: password, scope: scope)
    }

    private static func applicationCredential(
        _ written: ServiceCredentials, _ diagnostics: inout Diagnostics
    ) -> Method? {
        let scopes = [
            written.projectID, written.projectName, written.domainID, written.domainName, written.systemScope,
        ]
        if let scope = scopes.lazy.compactMap({ $0 }).first {
            diagnostics.warning(
                at: scope.location,
                "[service_credentials]: an application credential holds its own project; what is said of a project or "
                    + "domain here has no effect")
        }
        guard let secret = written.applicationCredentialSecret?.value else {
            diagnostics.missing("application_credential_secret", "the application credential's secret", written)
            return nil
        }
        if let id = written.applicationCredentialID { return .applicationCredential(id: id.value, secret: secret) }
        guard let name = written.applicationCredentialName else {
            diagnostics.missing(
                "application_credential_id", "the application credential's id, or its name and the user", written)
            return nil
        }
        return user(written, &diagnostics).map {
            .namedApplicationCredential(name: name.value, user: $0, secret: secret)
        }
    }

    private static func user(_ written: ServiceCredentials, _ diagnostics: inout Diagnostics) -> User? {
        if let id = written.userID { return .id(id.value) }
        guard let name = written.username else {
            diagnostics.missing("username", "the user's name, or user_id", written)
            return nil
        }
        let domain = domain(written, id: written.userDomainID, name: written.userDomainName)
        if domain == nil {
            diagnostics.error(
                at: name.location,
                "[service_credentials] username: a name is unique in its domain only; set user_domain_name or "
                    + "user_domain_id (Default and default in most clouds)")
            return nil
        }
        return .name(name.value, domain: domain)
    }

    private static func scope(_ written: ServiceCredentials, _ diagnostics: inout Diagnostics) -> Scope? {
        var scopes: [Scope] = []
        if let id = written.projectID {
            scopes.append(.project(id: id.value))
        } else if let name = written.projectName {
            let domain = domain(written, id: written.projectDomainID, name: written.projectDomainName)
            if domain == nil {
                diagnostics.error(
                    at: name.location,
                    "[service_credentials] project_name: a name is unique in its domain only; set "
                        + "project_domain_name or project_domain_id (Default and default in most clouds)")
                return nil
            }
            scopes.append(.projectName(name.value, domain: domain))
        }
        if let id = written.domainID {
            scopes.append(.domain(.id(id.value)))
        } else if let name = written.domainName {
            scopes.append(.domain(.name(name.value)))
        }
        if let system = written.systemScope {
            guard system.value == "all" else {
                diagnostics.error(
                    at: system.location,
                    "[service_credentials] system_scope: expected all, not \(system.value.excerpt)")
                return nil
            }
            scopes.append(.system)
        }
        if let trust = written.trustID { scopes.append(.trust(id: trust.value)) }
        guard scopes.count <= 1 else {
            diagnostics.error(
                at: written.authType.location,
                "[service_credentials]: a token is good for one thing; expected one of project, domain, system_scope "
                    + "and trust_id")
            return nil
        }
        if scopes.isEmpty {
            diagnostics.warning(
                at: written.authType.location,
                "[service_credentials] names no project: Keystone gives a token of the user's default project then, or one "
                    + "that is good for nothing; set project_name and project_domain_name")
        }
        return scopes.first ?? .unscoped
    }

    /// In the order of keystoneauth1 (`identity.generic`): an id before a name, wherever it stands.
    private static func domain(
        _ written: ServiceCredentials, id: Located<String>?, name: Located<String>?
    ) -> Domain? {
        if let id = id ?? written.defaultDomainID { return .id(id.value) }
        return (name ?? written.defaultDomainName).map { .name($0.value) }
    }
}

extension Diagnostics {
    fileprivate var errorCount: Int { all.count { $0.severity == .error } }

    fileprivate mutating func missing(_ option: String, _ what: String, _ written: ServiceCredentials) {
        error(
            at: written.authType.location,
            "[service_credentials] \(option) is not set; auth_type = \(written.authType.value) needs \(what)")
    }
}
