import Testing

@testable import Configuration

/// `[service_credentials]`, with keystoneauth1's names, former names and `auth_section`.
@Suite struct ServiceCredentialsTests {
    private static let password = """
        [service_credentials]
        auth_type = password
        auth_url = http://k:5000
        username = ceilometer
        password = pw
        user_domain_name = Default
        project_name = service
        project_domain_name = Default
        region_name = RegionOne
        interface = internalURL
        cafile = /ca.pem
        insecure = no
        timeout = 2.5

        """

    @Test func eachOptionArrives() throws {
        let loaded = Settings.loaded(Self.password)
        #expect(loaded.told == [])
        let credentials = try #require(loaded.settings?.serviceCredentials)
        #expect(credentials.authType.value == "password")
        #expect(credentials.authURL?.value == "http://k:5000")
        #expect(credentials.username?.value == "ceilometer")
        #expect(credentials.password?.value == "pw")
        #expect(credentials.userDomainName?.value == "Default")
        #expect(credentials.projectName?.value == "service")
        #expect(credentials.regionName?.value == "RegionOne")
        #expect(credentials.interface.value == "internalURL")
        #expect(credentials.caFile?.value == "/ca.pem")
        #expect(!credentials.insecure)
        #expect(credentials.timeout == .seconds(2.5))
        #expect(credentials.userID == nil && credentials.trustID == nil)
        #expect(credentials.authURL?.location?.line == 3)
    }

    @Test func withoutAnAuthTypeThereAreNone() throws {
        #expect(try #require(Settings.loaded("").settings).serviceCredentials == nil)
        let loaded = Settings.loaded(Self.password.replacing("auth_type = password", with: "auth_type ="))
        #expect(loaded.told == [])
        #expect(try #require(loaded.settings).serviceCredentials == nil)
    }

    @Test func formerNamesCount() throws {
        let text = Self.password.replacing("auth_type", with: "auth_plugin").replacing("username", with: "user_name")
            .replacing("project_name", with: "tenant_name")
        let loaded = Settings.loaded(text)
        #expect(loaded.told == [])
        let credentials = try #require(loaded.settings?.serviceCredentials)
        #expect(credentials.username?.value == "ceilometer")
        #expect(credentials.projectName?.value == "service")
    }

    /// As oslo.config: the file that is read last wins, and in one file today's name.
    @Test func todaysNameWinsInAFileAndALaterFileOverAll() throws {
        let group = "[service_credentials]\nauth_type = password\n"
        let both = Settings.loaded(group + "user_name = old\nusername = new\n")
        #expect(both.settings?.serviceCredentials?.username?.value == "new")
        let turned = Settings.loaded(group + "username = new\nuser_name = old\n")
        #expect(turned.settings?.serviceCredentials?.username?.value == "new")
        let later = Settings.loaded(group + "username = new\n", "[service_credentials]\nuser_name = old\n")
        #expect(later.settings?.serviceCredentials?.username?.value == "old")
        let environment = Settings.loaded(
            group + "username = new\n", environment: ["OS_SERVICE_CREDENTIALS__USERNAME": "env"])
        #expect(environment.settings?.serviceCredentials?.username?.value == "env")
        let names = Settings.loaded(Self.password + "[polling]\ntenant_name_discovery = true\n")
        #expect(names.told == [])
        #expect(names.settings?.identityNameDiscovery == true)
    }

    @Test func anotherGroupMayHoldThem() throws {
        let loaded = Settings.loaded(
            """
            [service_credentials]
            auth_section = keystone_authtoken
            region_name = here
            username = not-this
            [keystone_authtoken]
            auth_type = v3applicationcredential
            auth_url = http://k
            application_credential_id = i
            application_credential_secret = s
            user_name = u
            memcached_servers = m
            """)
        #expect(loaded.told == [])
        let credentials = try #require(loaded.settings?.serviceCredentials)
        #expect(credentials.authType.value == "v3applicationcredential")
        #expect(credentials.applicationCredentialID?.value == "i")
        #expect(credentials.applicationCredentialSecret?.value == "s")
        #expect(credentials.username?.value == "u")
        #expect(credentials.regionName?.value == "here")
    }

    /// A value that is no good stops the agent only if something needs Keystone.
    @Test func whatNobodyNeedsIsWarnedAbout() {
        let broken = Self.password.replacing("insecure = no", with: "insecure = perhaps")
        let idle = Settings.loaded(broken)
        #expect(idle.settings != nil)
        #expect(idle.told.count == 1 && idle.told[0].contains("warning: [service_credentials] insecure: expected true"))
        let needing = Settings.loaded(broken + "[compute]\nfetch_extra_metadata = true\n")
        #expect(needing.settings == nil)
        #expect(needing.told.count == 1 && needing.told[0].contains("error: [service_credentials] insecure"))
    }

    @Test func secretsAreNeitherShownNorQuoted() throws {
        let loaded = Settings.loaded(Self.password.replacing("= pw", with: "= hunter$2$oops"))
        #expect(loaded.told.allSatisfy { !$0.contains("hunter") && !$0.contains("oops") })
        let credentials = try #require(Settings.loaded(Self.password).settings?.serviceCredentials)
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] { #expect(!text.contains("pw")) }
    }

    @Test func whatNeedsThemIsNamed() {
        let settings = Settings.loaded(
            Self.password + "[compute]\ninstance_discovery_method = naive\n[polling]\nidentity_name_discovery = 1\n"
        ).settings
        #expect(
            settings?.needingServiceCredentials.map(\.value)
                == ["[compute] instance_discovery_method", "[polling] identity_name_discovery"])
    }
}
