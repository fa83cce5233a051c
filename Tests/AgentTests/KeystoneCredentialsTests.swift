import Configuration
import Keystone
import Testing
import Transfer

@testable import Agent

/// What `[service_credentials]` comes to, and what is said of those that come to nothing.
@Suite struct KeystoneCredentialsTests {
    private static let group = "[service_credentials]\nauth_url = http://k:5000/v3\n"
    private static let user = "username = u\npassword = pw\nuser_domain_id = default\n"
    private static let needed = "[compute]\nfetch_extra_metadata = true\n"

    private func load(_ text: String) throws -> AgentConfiguration.Loaded {
        try ConfigurationFolder(["ceilometer.conf": "[DEFAULT]\nhost = h\n" + text]).load(needsPipelines: false)
    }

    private func credentials(_ text: String) throws -> KeystoneCredentials {
        let loaded = try load(Self.group + text + Self.needed)
        return try #require(loaded.configuration?.keystone, "\(loaded.diagnostics.all)")
    }

    @Test(arguments: [
        ("project_id = p\n", KeystoneCredentials.Scope.project(id: "p")),
        ("project_name = p\nproject_domain_name = D\n", .projectName("p", domain: .name("D"))),
        ("project_name = p\ndefault_domain_id = d\n", .projectName("p", domain: .id("d"))),
        (
            "project_name = p\nproject_domain_name = D\ndefault_domain_id = d\n",
            .projectName("p", domain: .id("d"))
        ),
        ("domain_id = d\n", .domain(.id("d"))), ("domain_name = D\n", .domain(.name("D"))),
        ("system_scope = all\n", .system), ("trust_id = t\n", .trust(id: "t")), ("", .unscoped),
    ])
    func passwordAndScope(text: String, scope: KeystoneCredentials.Scope) throws {
        let found = try credentials("auth_type = password\n" + Self.user + text)
        #expect(found.method == .password(.name("u", domain: .id("default")), password: "pw", scope: scope))
        #expect(found.authURL == "http://k:5000/v3")
        #expect(found.interface == .public)
        #expect(found.timeout == .seconds(10))
    }

    @Test func theRestOfIt() throws {
        let found = try credentials(
            "auth_type = v3password\nuser_id = u\npassword = pw\ninterface = adminURL\nregion_name = r\ntimeout = 3\n"
                + "cafile = /ca\ncertfile = /cert\nkeyfile = /key\n")
        #expect(found.method == .password(.id("u"), password: "pw", scope: .unscoped))
        #expect(found.interface == .admin)
        #expect(found.regionName == "r")
        #expect(found.timeout == .seconds(3))
        #expect(
            found.tls
                == TLSSettings(trust: .authorities(path: "/ca"), clientCertificate: "/cert", clientKey: "/key"))
        let insecure = try credentials("auth_type = v3password\nuser_id = u\npassword = pw\ninsecure = yes\n")
        #expect(insecure.tls.trust == .anyone)
    }

    @Test(arguments: [("cafile = /dev/null", 1), ("certfile = /", 1), ("cafile = /\ncertfile = /etc/passwd", 0)])
    func filesThatAreNone(_ text: String, _ errors: Int) throws {
        let loaded = try load(
            Self.group + "auth_type = password\n" + Self.user + "project_id = p\n\(text)\n" + Self.needed)
        let told = loaded.diagnostics.all.filter { $0.message.contains("is no regular file") }
        #expect(told.count == errors)
        #expect(told.allSatisfy { $0.severity == .error && $0.location != nil })
        #expect((loaded.configuration == nil) == (errors > 0))
    }

    @Test func applicationCredentials() throws {
        let type = "auth_type = v3applicationcredential\napplication_credential_secret = s\n"
        #expect(
            try credentials(type + "application_credential_id = i\n").method
                == .applicationCredential(id: "i", secret: "s"))
        #expect(
            try credentials(type + "application_credential_name = n\nuser_id = u\n").method
                == .namedApplicationCredential(name: "n", user: .id("u"), secret: "s"))
        let scoped = try load(Self.group + type + "application_credential_id = i\nproject_name = p\n" + Self.needed)
        #expect(scoped.configuration?.keystone != nil)
        #expect(scoped.diagnostics.all.contains { $0.message.contains("has no effect") })
    }

    @Test(arguments: [
        ("auth_type = v3oidcpassword\n", "not 'v3oidcpassword'"),
        ("auth_type = v3pasword\n", "v3password"),
        ("auth_type = password\nusername = u\npassword = p\n", "set user_domain_name or user_domain_id"),
        ("auth_type = password\npassword = p\n", "username is not set"),
        ("auth_type = password\nuser_id = u\n", "password is not set"),
        ("auth_type = password\nuser_id = u\npassword = p\nproject_name = x\n", "set project_domain_name"),
        ("auth_type = password\nuser_id = u\npassword = p\nproject_id = x\ndomain_id = d\n", "good for one thing"),
        ("auth_type = password\nuser_id = u\npassword = p\nsystem_scope = some\n", "expected all"),
        (
            "auth_type = password\nuser_id = u\npassword = p\ninterface = private\n",
            "expected public, internal or admin"
        ),
        ("auth_type = v3applicationcredential\n", "application_credential_secret is not set"),
        (
            "auth_type = v3applicationcredential\napplication_credential_secret = s\n",
            "application_credential_id is not set"
        ),
    ])
    func whatIsWrongIsNamed(text: String, expected: String) throws {
        let loaded = try load(Self.group + text + Self.needed)
        #expect(loaded.configuration == nil)
        let errors = loaded.diagnostics.all.filter { $0.severity == .error }
        #expect(errors.contains { $0.message.contains(expected) && $0.location?.line ?? 0 >= 4 }, "\(errors)")
        // Nobody needs it: nobody must be kept from starting.
        let idle = try load(Self.group + text)
        #expect(idle.configuration != nil)
        #expect(idle.configuration?.keystone == nil)
        #expect(idle.diagnostics.all.contains { $0.severity == .warning && $0.message.contains(expected) })
    }

    @Test func whatNeedsKeystoneSaysSo() throws {
        let loaded = try load(Self.needed)
        #expect(loaded.configuration == nil)
        #expect(
            loaded.diagnostics.all.contains {
                $0.severity == .error && $0.location?.line == 4
                    && $0.message.hasPrefix("[compute] fetch_extra_metadata needs Keystone")
            })
        let url = try load("[service_credentials]\nauth_type = password\n" + Self.user + Self.needed)
        let old = try load(
            Self.group.replacing("/v3", with: "/v2.0") + "auth_type = password\n" + Self.user + Self.needed)
        #expect(old.diagnostics.all.contains { $0.message.contains("without /v2.0") })
        #expect(url.diagnostics.all.contains { $0.message.contains("expected Keystone's http or https URL") })
    }
}
