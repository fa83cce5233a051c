import Configuration
import Keystone
import Transfer

extension KeystoneCredentials {
    /// What `[service_credentials]` says.
    init(_ settings: ServiceCredentials) {
        self.init(authURL: settings.authURL.value, method: Method(settings.method))
        interface =
            switch settings.interface {
            case .public, .publicURL: .public
            case .internal, .internalURL: .internal
            case .admin, .adminURL: .admin
            }
        regionName = settings.regionName
        let trust: TLSSettings.Trust =
            settings.isInsecure ? .anyone : settings.caFile.map { .authorities(path: $0.value) } ?? .system
        tls = TLSSettings(
            trust: trust, clientCertificate: settings.certificateFile?.value, clientKey: settings.keyFile?.value)
        timeout = settings.timeout
    }
}

extension KeystoneCredentials.Method {
    fileprivate init(_ method: ServiceCredentials.Method) {
        self =
            switch method {
            case .password(let user, let password, let scope):
                .password(.init(user), password: password, scope: .init(scope))
            case .applicationCredential(let id, let secret): .applicationCredential(id: id, secret: secret)
            case .namedApplicationCredential(let name, let user, let secret):
                .namedApplicationCredential(name: name, user: .init(user), secret: secret)
            }
    }
}

extension KeystoneCredentials.User {
    fileprivate init(_ user: ServiceCredentials.User) {
        self =
            switch user {
            case .id(let id): .id(id)
            case .name(let name, let domain): .name(name, domain: .init(domain))
            }
    }
}

extension KeystoneCredentials.Domain {
    fileprivate init(_ domain: ServiceCredentials.Domain) {
        self =
            switch domain {
            case .id(let id): .id(id)
            case .name(let name): .name(name)
            }
    }
}

extension KeystoneCredentials.Scope {
    fileprivate init(_ scope: ServiceCredentials.Scope) {
        self =
            switch scope {
            case .project(let id): .project(id: id)
            case .projectName(let name, let domain): .projectName(name, domain: .init(domain))
            case .domain(let domain): .domain(.init(domain))
            case .system: .system
            case .trust(let id): .trust(id: id)
            case .unscoped: .unscoped
            }
    }
}
