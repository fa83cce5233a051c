import Foundation
import TestServers

/// The Keystone and Nova that Tests/run.sh has started, with servers on hosts of a test's own.
struct CloudBed {
    let keystone: TestBedScript
    let nova: TestBedScript
    let keystoneURL: String

    /// Throws `CommandError` if they do not run.
    init() throws {
        guard let keystone = TestBedScript("keystone.sh"), let nova = TestBedScript("nova.sh"),
            let url = TestBedScript.variable("AEROSTAT_TEST_KEYSTONE")
        else {
            throw CommandError(description: "there is no Keystone: run these tests by Tests/run.sh")
        }
        self.keystone = keystone
        self.nova = nova
        keystoneURL = url
    }

    /// `[service_credentials]` of Ceilometer's user.
    var credentials: String {
        """
        [service_credentials]
        auth_type = password
        auth_url = \(keystoneURL)
        username = ceilometer
        password = ceilometer
        user_domain_name = Default
        project_name = service
        project_domain_name = Default
        region_name = RegionOne

        """
    }

    /// Has Nova know servers on a host; their UUIDs.
    func servers(_ count: Int, on host: String) async throws -> [String] {
        try await nova.run("seed", "\(host)=\(count)")
        let result = try await run(
            "/usr/bin/env",
            [
                "python3", "-c",
                "import uuid\nfor i in range(\(count)): print(uuid.uuid5(uuid.NAMESPACE_URL, '\(host)/%d' % i))",
            ])
        return result.output.split(separator: "\n").map(String.init)
    }

    /// A user and a project that Keystone knows, by their ids.
    struct Owner {
        let user: String
        let project: String
    }

    /// Ceilometer's user and its project.
    func owner() async throws -> Owner {
        let token = try await token(user: "ceilometer", project: "service").body
        guard let found = token["token"] as? [String: Any], let user = (found["user"] as? [String: Any])?["id"],
            let project = (found["project"] as? [String: Any])?["id"]
        else {
            throw CommandError(description: "no token: \(token)")
        }
        return Owner(user: "\(user)", project: "\(project)")
    }

    /// Makes all tokens of Ceilometer's user worthless: Keystone revokes them when the password is changed.
    func revokeTokens() async throws {
        let admin = try await token(user: "admin", project: "admin").token
        let user = try await owner().user
        for password in ["another", "ceilometer"] {
            let answer = try await request(
                ["-X", "PATCH", "-H", "X-Auth-Token: \(admin)"], "/users/\(user)",
                body: #"{"user": {"password": "\#(password)"}}"#)
            guard answer.status == 200 else { throw CommandError(description: "PATCH user: \(answer)") }
        }
    }

    private func token(user: String, project: String) async throws -> (token: String, body: [String: Any]) {
        let body = """
            {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "\(user)",
            "domain": {"name": "Default"}, "password": "\(user)"}}},
            "scope": {"project": {"name": "\(project)", "domain": {"name": "Default"}}}}}
            """
        let answer = try await request([], "/auth/tokens", body: body)
        return (answer.headers["x-subject-token"] ?? "", answer.body)
    }

    private struct Answer {
        let status: Int
        let headers: [String: String]
        let body: [String: Any]
    }

    private func request(_ arguments: [String], _ path: String, body: String) async throws -> Answer {
        let result = try await run(
            "/usr/bin/env",
            ["curl", "-s", "-m", "30", "-D", "-", "-H", "Content-Type: application/json", "-d", body] + arguments
                + [keystoneURL + path])
        let parts = result.output.replacing("\r\n", with: "\n").split(separator: "\n\n", maxSplits: 1)
        let lines = parts.first?.split(separator: "\n") ?? []
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let object =
            parts.count > 1 ? try JSONSerialization.jsonObject(with: Data(parts[1].utf8)) as? [String: Any] : nil
        return Answer(status: status, headers: headers, body: object ?? [:])
    }
}
