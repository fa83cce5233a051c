import Telemetry
import TestServers
import Testing

@testable import Keystone

@Suite struct AuthRequestBodyTests {
    private func body(_ method: KeystoneCredentials.Method) throws -> MetadataValue {
        try MetadataValue(json: AuthRequestBody(method).bytes)
    }

    private func auth(_ identity: String, _ scope: String? = nil) throws -> MetadataValue {
        let scope = scope.map { ", \"scope\": \($0)" } ?? ""
        return try MetadataValue(json: Array("{\"auth\": {\"identity\": \(identity)\(scope)}}".utf8))
    }

    /// What keystoneauth1 sent, with the keys in our order.
    @Test func passwordAndProjectAreSentAsCeilometerDoes() throws {
        let sent = try body(KeystoneCredentials.password(at: "http://k").method)
        let recorded = try MetadataValue(json: Array(LoopbackCloud.fixture("token-request").utf8))
        #expect(sent["auth"]?["scope"] == recorded["auth"]?["scope"])
        let user = sent["auth"]?["identity"]?["password"]?["user"]
        let theirs = recorded["auth"]?["identity"]?["password"]?["user"]
        for key in ["name", "password", "domain"] { #expect(user?[key] == theirs?[key], "\(key)") }
        #expect(user?.fields?.count == theirs?.fields?.count)
        #expect(sent["auth"]?["identity"]?["methods"] == recorded["auth"]?["identity"]?["methods"])
    }

    /// What keystoneauth1 5.18.1 sends for the same options.
    @Test func idsAndScopes() throws {
        let identity = #"{"methods": ["password"], "password": {"user": {"id": "u", "password": "p"}}}"#
        let scopes: [(KeystoneCredentials.Scope, String?)] = [
            (.project(id: "x"), #"{"project": {"id": "x"}}"#),
            (
                .projectName("s", domain: .id("d")),
                #"{"project": {"name": "s", "domain": {"id": "d"}}}"#
            ),
            (.domain(.name("D")), #"{"domain": {"name": "D"}}"#), (.system, #"{"system": {"all": true}}"#),
            (.trust(id: "t"), #"{"OS-TRUST:trust": {"id": "t"}}"#), (.unscoped, nil),
        ]
        for (scope, text) in scopes {
            #expect(try body(.password(.id("u"), password: "p", scope: scope)) == auth(identity, text))
        }
    }

    @Test func applicationCredentials() throws {
        #expect(
            try body(.applicationCredential(id: "a", secret: "s"))
                == auth(
                    #"{"methods": ["application_credential"], "application_credential": {"id": "a", "secret": "s"}}"#))
        #expect(
            try body(.namedApplicationCredential(name: "a", user: .name("u", domain: .name("D")), secret: "s"))
                == auth(
                    #"""
                    {"methods": ["application_credential"], "application_credential":
                    {"name": "a", "user": {"name": "u", "domain": {"name": "D"}}, "secret": "s"}}
                    """#))
    }

    @Test func noDescriptionShowsASecret() {
        let credentials = [
            KeystoneCredentials.password(at: "http://k", "geheim"),
            KeystoneCredentials(authURL: "http://k", method: .applicationCredential(id: "a", secret: "geheim")),
            KeystoneCredentials(
                authURL: "http://k", method: .namedApplicationCredential(name: "a", user: .id("u"), secret: "geheim")),
        ]
        for credentials in credentials {
            var dumped = ""
            dump(credentials, to: &dumped)
            dump(credentials.method, to: &dumped)
            let texts = [
                "\(credentials)", String(reflecting: credentials), "\(credentials.method)",
                String(reflecting: credentials.method), "\(Optional(credentials) as Any)", dumped,
            ]
            for text in texts { #expect(!text.contains("geheim"), "\(text)") }
        }
    }

    @Test(arguments: ["http://k:5000", "http://k:5000/", "http://k:5000/v3", "http://k:5000/v3/"])
    func theURLMayEndInTheVersion(url: String) {
        #expect(KeystoneCredentials.password(at: url).identityURL == "http://k:5000/v3")
    }
}
