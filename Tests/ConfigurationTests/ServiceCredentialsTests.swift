import Testing

@testable import Configuration

/// `[service_credentials]`, read as `keystoneauth1` 5.18.1 reads it for Ceilometer 27.
@Suite struct ServiceCredentialsTests {
    private static let start = "[service_credentials]\nauth_type = password\nauth_url = http://k:5000\n"
    private static let user = start + "username = u\npassword = p\n"

    private func method(_ text: String, _ environment: [String: String] = [:]) throws -> ServiceCredentials.Method {
        let loaded = Settings.loaded(text, environment: environment)
        #expect(loaded.told == [])
        return try #require(loaded.settings?.serviceCredentials).method
    }

    @Test func nothingIsSetByDefault() {
        let loaded = Settings.loaded("[service_credentials]\nauth_url = http://k:5000\nusername =\n")
        #expect(loaded.told == [] && loaded.settings != nil && loaded.settings?.serviceCredentials == nil)
        #expect(loaded.settings?.novaServiceType == "compute")
    }

    @Test func readsWhatDevstackWrites() throws {
        let loaded = Settings.loaded(
            """
            [service_credentials]
            auth_type = password
            auth_url = https://k/identity
            username = ceilometer
            password = a$$b
            user_domain_name = Default
            project_name = service
            project_domain_name = Default
            interface = internalURL
            region_name = RegionOne
            cafile = /etc/ca.pem
            timeout = 5
            [service_types]
            nova = compute2
            """)
        #expect(loaded.told == [])
        let credentials = try #require(loaded.settings?.serviceCredentials)
        #expect(credentials.authURL.value == "https://k/identity")
        #expect(
            credentials.method
                == .password(
                    .name("ceilometer", domain: .name("Default")), password: "a$b",
                    scope: .projectName("service", domain: .name("Default"))))
        #expect(credentials.interface == .internalURL && credentials.regionName == "RegionOne")
        #expect(credentials.caFile?.value == "/etc/ca.pem" && credentials.certificateFile == nil)
        #expect(!credentials.isInsecure && credentials.timeout == .seconds(5))
        #expect(loaded.settings?.novaServiceType == "compute2")
    }

    /// The option or options, and the body that keystoneauth1 sent with them.
    @Test(arguments: [
        (
            "user_domain_id = d\nproject_id = x", ServiceCredentials.Domain.id("d"),
            ServiceCredentials.Scope.project(id: "x")
        ),
        ("default_domain_id = d\nproject_name = s", .id("d"), .projectName("s", domain: .id("d"))),
        ("default_domain_name = D\ntenant_name = s", .name("D"), .projectName("s", domain: .name("D"))),
        ("user_domain_id = d\ntenant-id = x", .id("d"), .project(id: "x")),
        (
            "default_domain_id = d\nuser_domain_name = X\nproject_domain_name = X\nproject_name = s", .id("d"),
            .projectName("s", domain: .id("d"))
        ),
        (
            "user_domain_id = i\nuser_domain_name = X\nproject_domain_id = pi\nproject_domain_name = X\nproject_name = s",
            .id("i"), .projectName("s", domain: .id("pi"))
        ),
        ("user_domain_id = d\nproject_id = x\nproject_name = s", .id("d"), .project(id: "x")),
        ("user_domain_id = d\ndomain_name = D", .id("d"), .domain(.name("D"))),
        ("user_domain_id = d\nsystem_scope = all", .id("d"), .system),
        ("user_domain_id = d\ntrust_id = t", .id("d"), .trust(id: "t")), ("user_domain_id = d", .id("d"), .unscoped),
    ])
    func scopes(text: String, domain: ServiceCredentials.Domain, scope: ServiceCredentials.Scope) throws {
        #expect(
            try method(Self.user + text) == .password(.name("u", domain: domain), password: "p", scope: scope))
    }

    @Test func olderNames() throws {
        let text = "[service_credentials]\nauth_plugin = password\nauth_url = http://k\nuser-domain-id = x\n"
        let loaded = Settings.loaded(text + "user_name = u\npassword = p\nuser_domain_id = d\n")
        // Names with hyphens are options in Python, but not in the file.
        #expect(loaded.told.count == 1 && loaded.told[0].contains("user-domain-id"))
        #expect(
            loaded.settings?.serviceCredentials?.method
                == .password(.name("u", domain: .id("d")), password: "p", scope: .unscoped))
        #expect(
            try method(Self.start + "user_id = i\nuser-name = u\npassword = p")
                == .password(.id("i"), password: "p", scope: .unscoped))
    }

    @Test func v3passwordKnowsNoTenantsAndNoDefaultDomain() throws {
        let text = Self.user.replacing("= password\nauth", with: "= v3password\nauth")
        #expect(
            try method(text + "user_domain_id = d\ntenant_name = s\ndefault_domain_id = z")
                == .password(.name("u", domain: .id("d")), password: "p", scope: .unscoped))
        #expect(!Settings.loaded(text + "default_domain_id = z").told.isEmpty)
    }

    @Test func applicationCredentials() throws {
        let start = "[service_credentials]\nauth_type = v3applicationcredential\nauth_url = http://k/v3\n"
        #expect(
            try method(start + "application_credential_id = a\napplication_credential_secret = s")
                == .applicationCredential(id: "a", secret: "s"))
        #expect(
            try method(
                start + "application_credential_name = a\napplication_credential_secret = s\nusername = u\n"
                    + "user_domain_name = D")
                == .namedApplicationCredential(name: "a", user: .name("u", domain: .name("D")), secret: "s"))
    }

    @Test func anotherSectionSaysWhoWeAreButNotHowServicesAreSpokenTo() throws {
        let text =
            "[service_credentials]\nauth_section = mine\nauth_type = v3password\ninterface = internal\n"
            + "[mine]\nauth_type = password\nauth_url = http://k\nuser_id = i\npassword = p\ninterface = admin\n"
        let loaded = Settings.loaded(text)
        #expect(loaded.told == [])
        #expect(loaded.settings?.serviceCredentials?.interface == .internal)
        #expect(
            loaded.settings?.serviceCredentials?.method == .password(.id("i"), password: "p", scope: .unscoped))
        // Without auth_type there, nothing is configured.
        let none = Settings.loaded("[service_credentials]\nauth_section = mine\nauth_type = password\n[mine]\nx = y\n")
        #expect(none.settings != nil && none.settings?.serviceCredentials == nil)
    }

    @Test func theEnvironmentNamesInterfaceAndRegion() throws {
        let variables = ["OS_INTERFACE": "admin", "OS_REGION_NAME": "Two"]
        let text = Self.user + "user_domain_id = d\n"
        let fromEnvironment = Settings.loaded(text, environment: variables).settings?.serviceCredentials
        #expect(fromEnvironment?.interface == .admin && fromEnvironment?.regionName == "Two")
        let set = Settings.loaded(text + "interface = internal\nregion_name = One", environment: variables)
        #expect(set.settings?.serviceCredentials?.interface == .internal)
        #expect(set.settings?.serviceCredentials?.regionName == "One")
    }

    @Test(arguments: [
        (
            "auth_type = v3token",
            "f0:2:13: error: [service_credentials] auth_type: expected password, v3password, v3applicationcredential or nothing, not 'v3token'"
        ),
        (
            "auth_type = password\npassword = p\nuser_id = u",
            "error: [service_credentials] auth_url: expected where Keystone is"
        ),
        (
            "auth_type = password\nauth_url = k:5000\npassword = p\nuser_id = u",
            "f0:3:12: error: [service_credentials] auth_url: expected an http or https URL"
        ),
        (
            "auth_type = password\nauth_url = http://k/v2.0/\npassword = p\nuser_id = u",
            "f0:3:12: error: [service_credentials] auth_url: Keystone has no Identity API v2.0"
        ),
        (
            "auth_type = password\nauth_url = http://k\npassword = p",
            "error: [service_credentials] username: expected the user's name, or its id in user_id"
        ),
        (
            "auth_type = password\nauth_url = http://k\nuser_id = u",
            "error: [service_credentials] password: expected the user's password"
        ),
        (
            "auth_type = password\nauth_url = http://k\nusername = u\npassword = p",
            "f0:4:12: error: [service_credentials] username: a user's name is unique in its domain only"
        ),
        (
            "auth_type = password\nauth_url = http://k\nuser_id = u\npassword = p\nproject_name = s",
            "f0:6:16: error: [service_credentials] project_name: a project's name is unique"
        ),
        (
            "auth_type = password\nauth_url = http://k\nuser_id = u\npassword = p\nproject_id = s\ndomain_id = d",
            "f0:7:13: error: [service_credentials] domain_id: we can act for one thing only, and this says project and domain"
        ),
        (
            "auth_type = password\nauth_url = http://k\nuser_id = u\npassword = p\nsystem_scope = some",
            "f0:6:16: error: [service_credentials] system_scope: expected all or nothing"
        ),
        (
            "auth_type = v3applicationcredential\nauth_url = http://k\napplication_credential_id = a",
            "error: [service_credentials] application_credential_secret: expected the application credential's secret"
        ),
        (
            "auth_type = v3applicationcredential\nauth_url = http://k\napplication_credential_secret = s",
            "error: [service_credentials] application_credential_id: expected the application credential's id"
        ),
        (
            "auth_type = v3applicationcredential\nauth_url = http://k\napplication_credential_id = a\napplication_credential_secret = s\nproject_id = x",
            "f0:6:14: error: [service_credentials] project_id: an application credential is for one project"
        ),
        (
            "interface = private",
            "f0:2:13: error: [service_credentials] interface: expected one of public, internal, admin"
        ),
        (
            "auth_type = password\nauth_url = http://k\nuser_id = u\npassword = p\nkeyfile = k",
            "f0:6:11: error: [service_credentials] keyfile: a key needs its certificate"
        ),
    ])
    func whatIsMissingOrContradictsIsToldWithItsPlace(text: String, told: String) {
        let loaded = Settings.loaded("[service_credentials]\n" + text)
        #expect(loaded.settings == nil)
        #expect(loaded.told.count == 1 && loaded.told[0].hasPrefix(told), "\(loaded.told)")
    }

    @Test func noSecretIsShown() throws {
        let text =
            "[service_credentials]\nauth_type = password\nauth_url = ftp://u:geheim@k\npassword = geheim\nuser_id = u\n"
            + "application_credential_secret = geheim\n"
        #expect(!Settings.loaded(text).told.joined().contains("geheim"))
        let good = Settings.loaded(text.replacing("ftp://u:geheim@", with: "http://")).settings?.serviceCredentials
        var dumped = ""
        dump(good, to: &dumped)
        for shown in ["\(try #require(good))", String(reflecting: good), "\(try #require(good).method)", dumped] {
            #expect(!shown.contains("geheim"))
        }
    }

    @Test func aMisspeltOptionIsTold() {
        #expect(Settings.loaded("[service_credentials]\npasword = x").told.count == 1)
        #expect(Settings.loaded("[service_types]\nnovva = x").told.count == 1)
        #expect(Settings.loaded("[service_credentials]\ntls_min_version = 1.2\nos_username = x").told == [])
    }
}
