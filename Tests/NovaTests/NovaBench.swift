import Foundation
import Keystone
import Telemetry
import TestServers
import Testing
import Transfer

@testable import Nova

/// A client of a loopback cloud, and the clock that directories go by.
struct NovaBench {
    let cloud: LoopbackCloud
    let clock = ManualClock()
    let transfer = Transfer()
    let client: NovaClient
    let told: AsyncStream<ServiceCondition>
    let tell: AsyncStream<ServiceCondition>.Continuation

    init(timeout: Duration = .seconds(5)) throws {
        cloud = try LoopbackCloud()
        var credentials = KeystoneCredentials(
            authURL: cloud.authURL, method: .applicationCredential(id: "a", secret: "s"))
        credentials.timeout = timeout
        let session = KeystoneSession(
            credentials, transfer: transfer, userAgent: "test/1", now: { [clock] in clock.now })
        client = NovaClient(session: session)
        (told, tell) = AsyncStream.makeStream()
    }

    /// A directory whose wall clock begins at the recording's time.
    func directory(_ change: (inout DirectorySettings) -> Void = { _ in }) -> ServerDirectory {
        var settings = DirectorySettings()
        change(&settings)
        return ServerDirectory(
            nova: client, settings: settings, now: { [clock] in clock.now },
            wallClock: { [clock] in
                Timestamp(seconds: 1_795_374_296 + clock.now.components.seconds - 1000)
            },
            report: { [tell] in tell.yield($0) })
    }

    /// Waits until something is told about a topic; a directory has taken it in by then.
    func condition(_ topic: ServiceCondition.Topic) async -> ServiceCondition? {
        for await condition in told where condition.topic == topic { return condition }
        return nil
    }

    /// The recorded list of servers, with something replaced in its text.
    static func servers(_ old: String = "", _ new: String = "") -> LoopbackAnswer {
        let text = LoopbackCloud.fixture("servers")
        return LoopbackCloud.json(old.isEmpty ? text : text.replacingOccurrences(of: old, with: new))
    }
}

extension LoopbackRequest {
    /// Whether it asks for that path, at its beginning.
    func asks(_ path: String) -> Bool { line.hasPrefix("GET \(path)") }
}

/// The UUIDs of the recording.
enum Recorded {
    static let first = "725a19f8-419b-5f76-841e-57430106d2ef"
    static let second = "3ae96d01-e5a4-5cf2-89f7-4b47a1f4b7f2"
    static let third = "114d4409-14ae-5ad5-9ed0-37adb7f5f1e1"
}
