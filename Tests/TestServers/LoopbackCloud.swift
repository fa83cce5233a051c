import Foundation
import Synchronization

/// Keystone, Nova and Glance on one loopback port, answering what the real ones did (`Fixtures`), or what they are told.
/// The compute API stands under `/v2.1`, the image API under `/v2`, the identity API under `/v3`.
public final class LoopbackCloud: Sendable {
    private struct State {
        var tokens = 0
        var revoked = 0
        var lifetime = 3600
        var keystone: (@Sendable (LoopbackRequest) -> LoopbackAnswer?)?
        var service: @Sendable (LoopbackRequest) -> LoopbackAnswer? = { _ in nil }
    }

    /// What listens.
    public let server: LoopbackServer
    private let state: SharedState

    private final class SharedState: Sendable {
        let mutex = Mutex(State())
        let port = Mutex(0)
        let metric = Mutex(18041)
    }

    /// A cloud that answers with fixtures alone.
    public init() throws {
        let shared = SharedState()
        state = shared
        server = try LoopbackServer { request in
            Self.answer(request, shared) ?? .status(404, body: Array(Self.fixture("server-not-found").utf8))
        }
        shared.port.withLock { [port = server.port] in $0 = port }
    }

    /// The `auth_url`.
    public var authURL: String { server.url("/v3") }

    /// What Keystone answers instead of a token; `nil` for a token. `nil` at all: always a token.
    public func keystone(_ answer: (@Sendable (LoopbackRequest) -> LoopbackAnswer?)?) {
        state.mutex.withLock { $0.keystone = answer }
    }

    /// What the services and the rest of Keystone answer; `nil` for the fixture, or 404 where there is none.
    public func service(_ answer: @escaping @Sendable (LoopbackRequest) -> LoopbackAnswer?) {
        state.mutex.withLock { $0.service = answer }
    }

    /// The port of the metric service in the catalogue.
    public func metric(port: Int) { state.metric.withLock { $0 = port } }

    /// How long the next tokens live, in seconds.
    public func lifetime(_ seconds: Int) { state.mutex.withLock { $0.lifetime = seconds } }

    /// All tokens that were given out are no longer taken.
    public func revokeTokens() { state.mutex.withLock { $0.revoked = $0.tokens } }

    /// How many tokens were given out.
    public var tokens: Int { state.mutex.withLock(\.tokens) }

    /// The requests but for those of tokens: method, path and query.
    public var lines: [String] {
        server.requests.map(\.line).filter { !$0.hasPrefix("POST /v3/auth/tokens") }
            .map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    }

    /// A file of `Fixtures`, without `.json`.
    public static func fixture(_ name: String) -> String {
        guard let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return "no fixture \(name)" }
        return text
    }

    /// An answer of 200 with that body.
    public static func json(_ text: String) -> LoopbackAnswer {
        .status(200, headers: ["Content-Type: application/json"], body: Array(text.utf8))
    }

    private static func answer(_ request: LoopbackRequest, _ shared: SharedState) -> LoopbackAnswer? {
        if request.line.hasPrefix("POST /v3/auth/tokens ") { return token(request, shared) }
        let (service, tokens, revoked) = shared.mutex.withLock { ($0.service, $0.tokens, $0.revoked) }
        let number = request.header("X-Auth-Token").flatMap { Int($0.drop { !$0.isNumber }) } ?? 0
        guard number > revoked, number <= tokens else { return .status(401) }
        if let answer = service(request) { return answer }
        let path = request.line.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        for (prefix, name) in [
            ("/v2.1/servers/detail?", "servers"), ("/v2.1/flavors?", "flavors"), ("/v2.1/flavors/1", "flavor-1"),
            ("/v2.1/flavors/2", "flavor-2"), ("/v2.1/flavors/f-private", "flavor-f-private"),
            ("/v2.1/servers/725a19f8-419b-5f76-841e-57430106d2ef", "server"),
        ] where path.hasPrefix(prefix) {
            return json(fixture(name))
        }
        guard path.hasPrefix("/v2/images/") else { return nil }
        let id = path.split(separator: "/").last ?? ""
        return json(#"{"id": "\#(id)", "name": "cirros", "status": "active", "kernel_id": null, "ramdisk_id": null}"#)
    }

    private static func token(_ request: LoopbackRequest, _ shared: SharedState) -> LoopbackAnswer {
        if let answer = shared.mutex.withLock(\.keystone)?(request) { return answer }
        let (number, lifetime) = shared.mutex.withLock { state in
            state.tokens += 1
            return (state.tokens, state.lifetime)
        }
        let expiry = "2026-11-22T\(clock(19 * 3600 + 296 + lifetime)).000000Z"
        let port = shared.port.withLock(\.self)
        let metric = shared.metric.withLock(\.self)
        let body = fixture("token").replacing("2026-11-22T20:04:56.000000Z", with: expiry)
            .replacing("http://127.0.0.1:18041", with: "http://127.0.0.1:\(metric)")
            .replacing("http://127.0.0.1:18774", with: "http://127.0.0.1:\(port)")
            .replacing("http://127.0.0.1:15000", with: "http://127.0.0.1:\(port)")
            .replacing("http://127.0.0.1:9696", with: "http://127.0.0.1:\(port)")
        return .status(
            201, headers: ["Content-Type: application/json", "X-Subject-Token: token-\(number)"],
            body: Array(body.utf8))
    }

    private static func clock(_ seconds: Int) -> String {
        [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
