import Synchronization
import Telemetry
import TestServers
import Testing
import Transfer

@testable import Keystone

/// Against the Keystone of Tests/TestBed/keystone.sh.
@Suite(.enabled(if: TestBedScript.variable("AEROSTAT_TEST_KEYSTONE") != nil), .timeLimit(.minutes(2)))
struct RealKeystoneTests {
    private let url = TestBedScript.variable("AEROSTAT_TEST_KEYSTONE") ?? ""
    private let start = ContinuousClock.now
    private let transfer = Transfer()

    private func session(_ credentials: KeystoneCredentials) -> KeystoneSession {
        KeystoneSession(
            credentials, transfer: transfer, userAgent: "aerostat-tests",
            now: { [start] in ContinuousClock.now - start })
    }

    private func error(_ credentials: KeystoneCredentials) async -> KeystoneError? {
        do throws(KeystoneError) {
            _ = try await session(credentials).identity()
            return nil
        } catch {
            return error
        }
    }

    private let keystone = ServiceRequest.Service("identity", version: "v3")

    @Test func nameAndPasswordWithAndWithoutTheVersionInTheURL() async throws {
        for url in [url, String(url.dropLast(3)), url + "/"] {
            let identity = try await session(.password(at: url)).identity()
            #expect(identity.userName == "ceilometer" && identity.projectName == "service")
            #expect(Set(identity.roles).isSuperset(of: ["admin", "service"]))
        }
    }

    @Test func idsInPlaceOfNames() async throws {
        let identity = try await session(.password(at: url)).identity()
        var credentials = KeystoneCredentials.password(at: url)
        credentials.method = .password(
            .id(identity.userID), password: "ceilometer", scope: .project(id: try #require(identity.projectID)))
        #expect(try await session(credentials).identity() == identity)
        credentials.method = .password(.id(identity.userID), password: "ceilometer", scope: .system)
        #expect(await error(credentials)?.code == .unauthorized)
    }

    @Test func wrongPasswordsAndProjectsAreTold() async throws {
        let wrong = try #require(await error(.password(at: url, "geheim")))
        #expect(wrong.code == .unauthorized && wrong.status == 401)
        #expect("\(wrong)".contains("requires authentication") && !"\(wrong)".contains("geheim"))
        var credentials = KeystoneCredentials.password(at: url)
        credentials.method = .password(.name("ceilometer", domain: nil), password: "ceilometer", scope: .unscoped)
        let unclear = try #require(await error(credentials))
        #expect(unclear.code == .badRequest && "\(unclear)".contains("Expecting to find domain in user"))
    }

    @Test func anApplicationCredentialByIdAndByName() async throws {
        let admin = session(.password(at: url))
        let user = try await admin.identity().userID
        let name = "test-\(UInt64.random(in: 0 ... .max))"
        let made = try await admin.response(
            to: ServiceRequest(
                .post, keystone, "/users/\(user)/application_credentials",
                body: Array(#"{"application_credential": {"name": "\#(name)", "secret": "geheim"}}"#.utf8)))
        #expect(made.status == 201)
        let id = try #require(try MetadataValue(json: made.body)["application_credential"]?["id"]?.text)
        var credentials = KeystoneCredentials(
            authURL: url, method: .applicationCredential(id: id, secret: "geheim"))
        #expect(try await session(credentials).identity().projectName == "service")
        credentials.method = .namedApplicationCredential(
            name: name, user: .name("ceilometer", domain: .id("default")), secret: "geheim")
        #expect(try await session(credentials).identity().projectName == "service")
        credentials.method = .applicationCredential(id: id, secret: "wrong")
        #expect(await error(credentials)?.code == .unauthorized)
    }

    @Test func namesOfUsersAndProjects() async throws {
        let session = session(.password(at: url))
        let identity = try await session.identity()
        let project = try #require(identity.projectID)
        let (told, tell) = AsyncStream<ServiceCondition>.makeStream()
        let directory = NameDirectory(
            session: session, now: { [start] in ContinuousClock.now - start }, report: { tell.yield($0) })
        _ = await directory.names(users: [identity.userID, "nobody"], projects: [project, "nothing"])
        var count = 0
        for await condition in told {
            #expect(condition.problem == nil)
            count += 1
            if count == 4 { break }
        }
        let names = await directory.names(users: [], projects: [])
        #expect(names.users == [identity.userID: "ceilometer"] && names.projects == [project: "service"])
        await directory.stop()
    }

    /// A token is revoked in mid-run: whoever notices brings one new one for all.
    @Test func aRevokedTokenIsRenewedOnce() async throws {
        let watched = session(.password(at: url))
        let admin = session(.password(at: url))
        let me = ServiceRequest(.get, keystone, "/auth/projects")
        #expect(try await watched.response(to: me).status == 200)
        let token = try await watched.currentToken().value
        var revocation = ServiceRequest(.delete, keystone, "/auth/tokens")
        revocation.headers = [.init("X-Subject-Token", token)]
        #expect(try await admin.response(to: revocation).status == 204)
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await watched.response(to: me).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 8))
        #expect(try await watched.currentToken().value != token)
        #expect(await watched.renewals == 2)
    }
}
