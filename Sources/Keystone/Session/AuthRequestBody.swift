import Telemetry

/// The body of `POST /v3/auth/tokens` (Identity API v3). `keystoneauth1.identity.v3` sends the same.
struct AuthRequestBody {
    let bytes: [UInt8]

    init(_ method: KeystoneCredentials.Method) {
        let identity: (name: String, value: MetadataValue)
        var scope: MetadataValue?
        switch method {
        case .password(let user, let password, let wanted):
            let fields = Self.fields(user) + [.init("password", .string(password))]
            identity = ("password", .object([.init("user", .object(fields))]))
            scope = Self.scope(wanted)
        case .applicationCredential(let id, let secret):
            identity = (
                "application_credential",
                .object([.init("id", .string(id)), .init("secret", .string(secret))])
            )
        case .namedApplicationCredential(let name, let user, let secret):
            identity = (
                "application_credential",
                .object([
                    .init("name", .string(name)), .init("user", .object(Self.fields(user))),
                    .init("secret", .string(secret)),
                ])
            )
        }
        var auth: [MetadataValue.Field] = [
            .init(
                "identity",
                .object([.init("methods", .array([.string(identity.name)])), .init(identity.name, identity.value)]))
        ]
        if let scope { auth.append(.init("scope", scope)) }
        var writer = JSONWriter()
        writer.value(.object([.init("auth", .object(auth))]))
        bytes = writer.bytes
    }

    private static func fields(_ user: KeystoneCredentials.User) -> [MetadataValue.Field] {
        switch user {
        case .id(let id): [.init("id", .string(id))]
        case .name(let name, let domain): [.init("name", .string(name))] + (domain.map { [field($0)] } ?? [])
        }
    }

    private static func field(_ domain: KeystoneCredentials.Domain) -> MetadataValue.Field {
        .init("domain", object(domain))
    }

    private static func object(_ domain: KeystoneCredentials.Domain) -> MetadataValue {
        switch domain {
        case .id(let id): .object([.init("id", .string(id))])
        case .name(let name): .object([.init("name", .string(name))])
        }
    }

    private static func scope(_ scope: KeystoneCredentials.Scope) -> MetadataValue? {
        switch scope {
        case .project(let id): .object([.init("project", .object([.init("id", .string(id))]))])
        case .projectName(let name, let domain):
            .object([
                .init("project", .object([.init("name", .string(name))] + (domain.map { [field($0)] } ?? [])))
            ])
        case .domain(let domain): .object([.init("domain", object(domain))])
        case .system: .object([.init("system", .object([.init("all", .bool(true))]))])
        case .trust(let id): .object([.init("OS-TRUST:trust", .object([.init("id", .string(id))]))])
        case .unscoped: nil
        }
    }
}
