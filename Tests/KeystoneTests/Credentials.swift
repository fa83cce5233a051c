import Keystone
import TestServers
import Transfer

extension KeystoneCredentials {
    /// Those of the transcripts: user and password.
    static func password(at url: String, _ password: String = "ceilometer") -> KeystoneCredentials {
        let domain = Domain.name("Default")
        var credentials = KeystoneCredentials(
            authURL: url,
            method: .password(
                .name("ceilometer", domain: domain), password: password,
                scope: .projectName("service", domain: domain)))
        credentials.timeout = .seconds(5)
        return credentials
    }
}

/// A session with a loopback cloud, and the clock that it goes by.
struct Bench {
    let cloud: LoopbackCloud
    let clock = ManualClock()
    let transfer = Transfer()
    let session: KeystoneSession

    init(_ change: (inout KeystoneCredentials) -> Void = { _ in }) throws {
        cloud = try LoopbackCloud()
        var credentials = KeystoneCredentials.password(at: cloud.authURL)
        change(&credentials)
        session = KeystoneSession(credentials, transfer: transfer, userAgent: "test/1", now: { [clock] in clock.now })
    }

    /// Asks the compute service for something.
    func ask(_ path: String = "/flavors?is_public=None") async throws(KeystoneError) -> TransferResponse {
        try await session.response(to: ServiceRequest(.get, .init("compute", version: "v2.1"), path))
    }

    /// The error that asking comes to.
    func error(_ path: String = "/flavors?is_public=None") async -> KeystoneError? {
        do throws(KeystoneError) {
            _ = try await ask(path)
            return nil
        } catch {
            return error
        }
    }
}
