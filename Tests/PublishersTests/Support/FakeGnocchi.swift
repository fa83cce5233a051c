import Configuration
import Keystone
import Outbox
import Synchronization
import Telemetry
import TestServers
import Testing
import Transfer

@testable import Publishers

/// A server that answers as Gnocchi does, as far as a publisher needs it, and fails as it is told.
final class FakeGnocchi: Sendable {
    struct State: Sendable {
        /// Types by the ids of the resources that are there.
        var resources: [String: String] = [:]
        var policies: Set<String> = []
        /// Every point that was taken: `id metric timestamp value`.
        var points: [String] = []
        /// Answers in the place of the ordinary ones, for the first requests whose line begins so.
        var faults: [(prefix: String, answer: LoopbackAnswer, isDone: Bool)] = []
        /// Values that make a batch be refused.
        var poison: Set<String> = []
        /// Resources that have ended.
        var ended: Set<String> = []
        /// When all of them were created.
        var started = "2026-11-01T00:00:00+00:00"
        /// Who has created all of them.
        var creator = "somebody"
        /// Resources that are refused at their creation.
        var refused: Set<String> = []
    }

    private let state: Shared
    private let server: LoopbackServer

    private final class Shared: Sendable {
        let value = Mutex(State())
    }

    init(hasPolicies: Bool = true) throws {
        let shared = Shared()
        if hasPolicies {
            shared.value.withLock {
                $0.policies = ["ceilometer-low", "ceilometer-low-rate", "ceilometer-high", "ceilometer-high-rate"]
            }
        }
        state = shared
        server = try LoopbackServer { request in shared.value.withLock { $0.answer(request) } }
    }

    deinit { server.stop() }

    var url: String { "gnocchi+http://admin@127.0.0.1:\(server.port)?timeout=50" }
    var port: Int { server.port }
    /// The requests so far: `POST /v1/… body`.
    var requests: [LoopbackRequest] { server.requests }
    /// Their methods and paths, without those for archive policies.
    var lines: [String] {
        server.requests.map { $0.line.replacing(" HTTP/1.1", with: "") }.filter { !$0.contains("archive_policy") }
    }
    var points: [String] { state.value.withLock(\.points) }

    func change(_ body: @Sendable (inout State) -> Void) {
        state.value.withLock { body(&$0) }
    }

    /// The next request whose line begins so gets this answer. `isDone`: the server does what it was asked all the same.
    func fail(_ prefix: String, _ answer: LoopbackAnswer, isDone: Bool = false) {
        change { $0.faults.append((prefix, answer, isDone)) }
    }
}

extension LoopbackAnswer {
    static func gnocchi(_ status: Int, _ description: String) -> LoopbackAnswer {
        .status(
            status, headers: ["Content-Type: application/json"],
            body: Array("{\"code\": \(status), \"title\": \"x\", \"description\": \(description)}".utf8))
    }
}

extension FakeGnocchi.State {
    fileprivate mutating func answer(_ request: LoopbackRequest) -> LoopbackAnswer {
        if let index = faults.firstIndex(where: { request.line.hasPrefix($0.prefix) }) {
            let fault = faults.remove(at: index)
            if fault.isDone { _ = ordinary(request) }
            return fault.answer
        }
        return ordinary(request)
    }

    private mutating func ordinary(_ request: LoopbackRequest) -> LoopbackAnswer {
        let words = request.line.split(separator: " ").map(String.init)
        let path = words[1].split(separator: "?")[0].split(separator: "/").map { PercentEncoding.decode($0) }
        let body: MetadataValue
        do { body = request.body.isEmpty ? .null : try OrderedJSON.parse(request.body) } catch {
            return .gnocchi(400, "{\"cause\": \"Unable to decode body\", \"reason\": \"x\", \"detail\": []}")
        }
        switch (words[0], path.dropFirst().first) {
        case ("GET", "resource_type"):
            guard let type = ResourceType.ofCompute.first(where: { $0.name == path[2] }) else { break }
            return .status(200, body: type.json)
        case ("GET", "archive_policy") where policies.contains(path[2]):
            let definition = "[{\"granularity\": \"0:01:00\"}, {\"granularity\": \"1 day, 0:00:00\"}]"
            return .status(200, body: Array("{\"back_window\": 2, \"definition\": \(definition)}".utf8))
        case ("POST", "archive_policy"):
            return policies.insert(body["name"]?.text ?? "").inserted
                ? .status(201, body: Array("{}".utf8)) : .gnocchi(409, "\"Archive policy already exists\"")
        case ("POST", "batch"): return batch(body)
        case ("POST", "search"): return search(body, type: path[3])
        case ("POST", "resource"): return create(body, type: path[2])
        case ("PATCH", "resource") where body["ended_at"] != nil:
            guard resources[path[3]] != nil else { return .gnocchi(404, "\"Resource \(path[3]) does not exist\"") }
            guard let end = body["ended_at"]?.text.flatMap({ Timestamp($0) }), let start = Timestamp(started),
                end >= start
            else { return .gnocchi(400, "\"Value for attribute ended_at is invalid\"") }
            ended.insert(path[3])
            return .status(200, body: Array("{}".utf8))
        case ("PATCH", "resource"):
            return resources[path[3]] == nil
                ? .gnocchi(404, "\"Resource \(path[3]) does not exist\"") : .status(200, body: Array("{}".utf8))
        default: break
        }
        return .gnocchi(404, "null")
    }

    private mutating func create(_ body: MetadataValue, type: String) -> LoopbackAnswer {
        let id = body["id"]?.text ?? ""
        if refused.contains(id) {
            return .gnocchi(
                400,
                "{\"cause\": \"Invalid input\", \"reason\": \"required key not provided @ data['display_name']\", "
                    + "\"detail\": [\"display_name\"]}")
        }
        for metric in body["metrics"]?.fields ?? [] {
            guard let policy = metric.value["archive_policy_name"]?.text, policies.contains(policy) else {
                let name = metric.value["archive_policy_name"]?.text ?? ""
                return .gnocchi(400, "\"Archive policy \(name) does not exist\"")
            }
        }
        guard resources[id] == nil else { return .gnocchi(409, "\"Resource \(id) already exists\"") }
        resources[id] = type
        return .status(201, body: Array("{\"id\": \"\(id)\"}".utf8))
    }

    /// The resources of a type whose id begins with that of an instance and that have not ended.
    private func search(_ body: MetadataValue, type: String) -> LoopbackAnswer {
        guard let wanted = body["and"]?.elements, wanted.count == 2, wanted[1]["="]?["ended_at"] == .null,
            let instance = wanted[0]["="]?.fields.first?.value.text
        else { return .gnocchi(400, "\"no such search\"") }
        let found = resources.filter { $0.value == type && $0.key.hasPrefix(instance) && !ended.contains($0.key) }
            .keys.sorted().map {
                "{\"id\": \"\($0)\", \"creator\": \"\(creator)\", \"started_at\": \"\(started)\", \"ended_at\": null}"
            }
        return .status(200, body: Array("[\(found.joined(separator: ", "))]".utf8))
    }

    private mutating func batch(_ body: MetadataValue) -> LoopbackAnswer {
        var new: [String] = []
        for resource in body.fields {
            for metric in resource.value.fields {
                for measure in metric.value["measures"]?.elements ?? [] {
                    let value = measure["value"].map { "\($0)" } ?? "none"
                    if poison.contains(value) {
                        return .gnocchi(
                            400,
                            "{\"cause\": \"Invalid input\", \"reason\": \"bad value\", \"detail\": [\"\(resource.name)\", "
                                + "\"\(metric.name)\", \"measures\"]}")
                    }
                    new.append("\(resource.name) \(metric.name) \(measure["timestamp"]?.text ?? "") \(value)")
                }
            }
        }
        let unknown = body.fields.map(\.name).filter { resources[$0] == nil }
        guard unknown.isEmpty else {
            let detail = unknown.map { "{\"resource_id\": \"x\", \"original_resource_id\": \"\($0)\"}" }
            return .gnocchi(
                400, "{\"cause\": \"Unknown resources\", \"detail\": [\(detail.joined(separator: ", "))]}")
        }
        for resource in body.fields {
            for metric in resource.value.fields {
                guard let policy = metric.value["archive_policy_name"]?.text, policies.contains(policy) else {
                    return .gnocchi(
                        400, "\"Archive policy \(metric.value["archive_policy_name"]?.text ?? "") does not exist\"")
                }
            }
        }
        points += new
        return .status(202)
    }
}

/// A publisher that finds a fake Gnocchi through a loopback Keystone, and what it told.
final class KeystoneBench: Sendable {
    let cloud: LoopbackCloud
    let gnocchi: FakeGnocchi
    let context: PublisherContext
    let publisher: any Publisher
    private let told = Told()

    private final class Told: Sendable {
        let notices = Mutex<[PublisherNotice]>([])
    }

    init(_ url: String = "gnocchi://?timeout=50", interface: EndpointInterface = .public) throws {
        cloud = try LoopbackCloud()
        gnocchi = try FakeGnocchi()
        cloud.metric(port: gnocchi.port)
        let domain = KeystoneCredentials.Domain.name("Default")
        var credentials = KeystoneCredentials(
            authURL: cloud.authURL,
            method: .password(
                .name("ceilometer", domain: domain), password: "s3cret", scope: .projectName("service", domain: domain))
        )
        credentials.interface = interface
        credentials.timeout = .seconds(50)
        let transfer = Transfer()
        let start = ContinuousClock.now
        var files = PublisherFiles()
        #expect(files.read(for: url, at: Make.place).isEmpty)
        context = PublisherContext(
            transfer: transfer, version: "0.1", telemetrySecret: Secret(""), files: files,
            keystone: KeystoneSession(
                credentials, transfer: transfer, userAgent: "aerostat/0.1", now: { ContinuousClock.now - start }),
            notice: { [told] notice in told.notices.withLock { $0.append(notice) } })
        var diagnostics = Diagnostics()
        publisher = try #require(
            PublisherFactory(context: context).publisher(for: url, at: Make.place, into: &diagnostics))
    }

    var notices: [String] { told.notices.withLock { $0.map(\.text) } }
}

/// A publisher to a fake Gnocchi, and what it told.
final class GnocchiBench: Sendable {
    let gnocchi: FakeGnocchi
    let publisher: any Publisher
    private let told: Told

    private final class Told: Sendable {
        let notices = Mutex<[PublisherNotice]>([])
    }

    init(
        _ gnocchi: FakeGnocchi, parameters: String = "", state: TemporaryFolder? = nil,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(seconds: 1_795_373_240) }
    ) throws {
        self.gnocchi = gnocchi
        let told = Told()
        self.told = told
        publisher = try Make.gnocchi(gnocchi.url + parameters, state: state, now: now) { notice in
            told.notices.withLock { $0.append(notice) }
        }
    }

    var notices: [String] { told.notices.withLock { $0.map(\.text) } }

    /// `deliverAll(_:by:)` with its publisher.
    func deliverAll(_ payloads: [Payload]) async throws -> [(payload: Payload, reason: String)] {
        try await Self.deliverAll(payloads, by: publisher)
    }

    /// Delivers payloads, and the parts of those that are divided, until all are delivered or put aside. Returns the
    /// reasons of those that were put aside with their payloads.
    static func deliverAll(
        _ payloads: [Payload], by publisher: any Publisher
    ) async throws -> [(payload: Payload, reason: String)] {
        var waiting = payloads
        var aside: [(payload: Payload, reason: String)] = []
        var attempts = 0
        while !waiting.isEmpty {
            let payload = waiting.removeFirst()
            attempts += 1
            try #require(attempts < 2000)
            switch await publisher.deliver(payload) {
            case .delivered: continue
            case .rejected(let reason): aside.append((payload, reason))
            case .divided(let first, let second, _):
                #expect(first.samples + second.samples == payload.samples)
                #expect(first.samples > 0 && second.samples > 0)
                waiting = [first, second] + waiting
            case .tooLarge(let reason):
                if let halves = publisher.split(payload) {
                    waiting = [halves.0, halves.1] + waiting
                } else {
                    aside.append((payload, reason))
                }
            case .retry(_, let reason), .refused(let reason):
                Issue.record("\(reason)")
                return aside
            }
        }
        return aside
    }
}

extension Make {
    static func gnocchi(
        _ url: String, state: TemporaryFolder? = nil, keystone: KeystoneSession? = nil,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(seconds: 1_795_373_240) },
        notice: @escaping @Sendable (PublisherNotice) -> Void = { _ in }
    ) throws -> any Publisher {
        var files = PublisherFiles()
        #expect(files.read(for: url, at: place).isEmpty)
        let factory = PublisherFactory(
            context: PublisherContext(
                transfer: Transfer(), version: "0.1", telemetrySecret: Secret(""), stateDirectory: state?.path(""),
                files: files, keystone: keystone, now: now, notice: notice))
        var diagnostics = Diagnostics()
        return try #require(factory.publisher(for: url, at: place, into: &diagnostics))
    }
}
