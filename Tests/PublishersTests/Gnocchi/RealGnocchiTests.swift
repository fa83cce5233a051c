import Configuration
import Foundation
import Keystone
import Outbox
import Telemetry
import TestServers
import Testing
import Transfer

@testable import Publishers

/// Against a real Gnocchi (`Tests/TestBed/gnocchi.sh`), whose URL is in `AEROSTAT_TEST_GNOCCHI`, found through a real
/// Keystone as Ceilometer's user.
@Suite(.enabled(if: RealGnocchi.url != nil), .serialized, .timeLimit(.minutes(5)))
struct RealGnocchiTests {
    /// The recorded samples under ids of their own, so that tests do not meet each other's resources.
    private func samples(_ golden: GnocchiGolden, as number: String, at time: Timestamp) -> [Sample] {
        let old = "a0000000-0000-4000-8000-000000000001"
        return golden.samples.map { sample in
            let resource = sample.resource
            let metadata = resource.metadata.fields.map { field -> MetadataValue.Field in
                field.name == "instance_id" ? .init("instance_id", .string(number)) : field
            }
            return Sample(
                id: sample.id, meter: sample.meter,
                resource: Resource(
                    id: resource.id.replacing(old, with: number), userID: resource.userID,
                    projectID: resource.projectID, source: resource.source, metadata: Metadata(metadata)),
                volume: sample.volume, timestamp: time)
        }
    }

    private func publisher(_ parameters: String = "", state: TemporaryFolder? = nil) throws -> any Publisher {
        try Make.gnocchi("gnocchi://?timeout=50\(parameters)", state: state, keystone: RealGnocchi.session()) {
            Timestamp.now
        }
    }

    @Test func sameResourcesMetricsAndValuesAsCeilometers() async throws {
        let gnocchi = try await RealGnocchi()
        let golden = try GnocchiGolden()
        let id = UUID().uuidString.lowercased()
        let time = Timestamp.now
        let publisher = try publisher()
        let payloads = Array(publisher.payloads(for: samples(golden, as: id, at: time)))
        #expect(await publisher.deliver(try #require(payloads.first)) == .delivered)

        // What Ceilometer created, by the ids of that test.
        for request in golden.steps[0] where request.path.hasPrefix("/v1/resource/") {
            let type = try #require(request.path.split(separator: "/").last)
            let own = try #require(request.body["id"]?.text)
                .replacing("a0000000-0000-4000-8000-000000000001", with: id)
            let found = try await gnocchi.get("/v1/resource/\(type)/\(own)")
            #expect(found["original_resource_id"] == .string(own) && found["creator"] == .string(gnocchi.creator))
            for field in request.body.fields where field.name != "id" {
                let expected =
                    field.name == "instance_id" ? MetadataValue.string(id) : field.value
                #expect(found[field.name] == expected, "\(own) \(field.name)")
            }
        }
        // Metrics, their policies and units, and every value to its last digit.
        let batch = try #require(golden.steps[0].last { $0.path.contains("batch") }?.body)
        for resource in batch.fields {
            let own = resource.name.replacing("a0000000-0000-4000-8000-000000000001", with: id)
            for metric in resource.value.fields {
                let path = "/v1/resource/generic/\(own)/metric/\(metric.name)"
                let found = try await gnocchi.get(path)
                #expect(found["archive_policy"]?["name"] == metric.value["archive_policy_name"])
                #expect(found["unit"] == metric.value["unit"])
                let measures = try await gnocchi.get("\(path)/measures?refresh=true&aggregation=mean").elements
                #expect(measures.count == 1)
                let value = try #require(measures.first?.elements.last?.number)
                #expect(value == metric.value["measures"]?.elements.first?["value"]?.number, "\(own) \(metric.name)")
            }
        }
    }

    @Test func oneBadValueInAThousand() async throws {
        let gnocchi = try await RealGnocchi()
        let ids = (0..<500).map { _ in UUID().uuidString.lowercased() }
        let time = Timestamp.now
        let samples = ids.enumerated().flatMap { number, id in
            // Gnocchi takes no moment before 1970.
            [("cpu", number == 333 ? Timestamp(seconds: -1) : time), ("memory", time)].map { meter, time in
                instance(id, meter, .integer(Int128(number)), at: time)
            }
        }
        let publisher = try publisher()
        let aside = try await deliver(publisher, Array(publisher.payloads(for: samples)))
        #expect(aside.map(\.payload.samples) == [1])
        #expect(aside.first?.reason.contains("Timestamp must be after Epoch") == true)
        for number in [0, 332, 333, 334, 499] {
            let found = try await gnocchi.get(
                "/v1/resource/instance/\(ids[number])/metric/memory/measures?refresh=true")
            #expect(found.elements.first?.elements.last?.number == Double(number))
        }
    }

    @Test func deletedUnderUsAndCreatedByTwo() async throws {
        let gnocchi = try await RealGnocchi()
        let ids = (0..<20).map { _ in UUID().uuidString.lowercased() }
        let start = Timestamp.now
        func samples(_ seconds: Int64, host: String = "h") -> [Sample] {
            let time = Timestamp(microseconds: start.microseconds + seconds * 1_000_000)
            return ids.map { instance($0, "memory", .integer(Int128(seconds)), at: time, host: host) }
        }
        let one = try publisher()
        let other = try publisher()
        let payloads = [
            try #require(one.payloads(for: samples(0)).first), try #require(other.payloads(for: samples(1)).first),
        ]
        async let first = one.deliver(payloads[0])
        async let second = other.deliver(payloads[1])
        #expect(await [first, second] == [.delivered, .delivered])
        try await gnocchi.delete("/v1/resource/instance/\(ids[7])")
        let moved = try #require(one.payloads(for: samples(2, host: "other")).first)
        #expect(await one.deliver(moved) == .delivered)
        for id in ids {
            #expect(try await gnocchi.get("/v1/resource/instance/\(id)")["host"] == .string("other"))
        }
    }

    /// An instance that was born and deleted while Gnocchi was away: its end is before Gnocchi's own start of it.
    @Test func whatHasEndedBeforeGnocchiHeardOfIt() async throws {
        let gnocchi = try await RealGnocchi()
        let golden = try GnocchiGolden()
        let id = UUID().uuidString.lowercased()
        let publisher = try publisher("&ended_at=true")
        let polled = samples(golden, as: id, at: Timestamp.now)
        #expect(try await deliver(publisher, Array(publisher.payloads(for: polled))).isEmpty)
        let ended = publisher.payloads(forEnded: [EndedInstance(id: id, at: Timestamp(seconds: 1_700_000_000))])
        #expect(try await deliver(publisher, ended).isEmpty)
        for own in Set(polled.map { $0.resource.id.replacing("/", with: "_") }) {
            let found = try await gnocchi.get("/v1/resource/generic/\(own)")
            #expect(found["ended_at"]?.text != nil && found["ended_at"] == found["started_at"], "\(own)")
        }
    }

    @Test func upgradeMakesWhatIsMissingAndChangesNothing() async throws {
        let gnocchi = try await RealGnocchi()
        let upgrade = try #require(GnocchiUpgrade(url: "gnocchi://", context: RealGnocchi.context()))
        #expect(await upgrade.run(isDryRun: true).allSatisfy { $0.outcome == .exists })
        #expect(await upgrade.run(isDryRun: false).count == 7)
        for type in try GnocchiGolden().types {
            let found = try await gnocchi.get("/v1/resource_type/\(type["name"]?.text ?? "")")
            #expect(found.sorted == type.sorted)
        }
    }

    /// 100 instances with a disk and a NIC each: the first publish within the default time-out, and one request a cycle.
    @Test func aHostOfAHundredInstances() async throws {
        let golden = try GnocchiGolden()
        let publisher = try Make.gnocchi("gnocchi://?timeout=30", keystone: RealGnocchi.session()) { Timestamp.now }
        let ids = (0..<100).map { _ in UUID().uuidString.lowercased() }
        for cycle in 0..<2 {
            let polled = ids.flatMap { samples(golden, as: $0, at: Timestamp.now) }
            let start = ContinuousClock.now
            let payloads = Array(publisher.payloads(for: polled))
            let encoded = ContinuousClock.now
            #expect(payloads.count == 1)
            #expect(try await deliver(publisher, payloads).isEmpty)
            print(
                "GNOCCHI cycle \(cycle): \(polled.count) samples, \(payloads[0].body.count) bytes, encoded in "
                    + "\(encoded - start), delivered in \(ContinuousClock.now - encoded)")
        }
    }

    private func instance(
        _ id: String, _ meter: String, _ volume: Volume, at time: Timestamp, host: String = "h"
    ) -> Sample {
        let metadata: [MetadataValue.Field] = [
            .init("display_name", .string("vm")), .init("host", .string(host)),
            .init("flavor", .object([.init("id", .string("1")), .init("name", .string("m1"))])),
        ]
        return Sample(
            id: SampleID(high: 1, low: 1), meter: Meter(name: meter, type: .gauge, unit: "u"),
            resource: Resource(
                id: id, userID: "u", projectID: "p", source: "openstack", metadata: Metadata(metadata)),
            volume: volume, timestamp: time)
    }

    private func deliver(
        _ publisher: any Publisher, _ payloads: [Payload]
    ) async throws -> [(payload: Payload, reason: String)] {
        try await GnocchiBench.deliverAll(payloads, by: publisher)
    }
}

/// The real Gnocchi, asked by hand.
struct RealGnocchi {
    static let url = ProcessInfo.processInfo.environment["AEROSTAT_TEST_GNOCCHI"]

    private let session: KeystoneSession
    /// What Gnocchi has as the creator of what we create: our user and project.
    let creator: String

    /// Sees to it that Keystone's catalogue has it, and that it has resource types and archive policies.
    init() async throws {
        let script = try #require(TestBedScript("keystone.sh"))
        try await script.run("endpoint", "metric", "gnocchi", try #require(Self.url))
        session = try Self.session()
        let identity = try await session.identity()
        creator = "\(identity.userID):\(try #require(identity.projectID))"
        let upgrade = try #require(GnocchiUpgrade(url: "gnocchi://", context: Self.context()))
        for step in await upgrade.run(isDryRun: false) {
            #expect(step.outcome == .exists || step.outcome == .created, "\(step)")
        }
    }

    /// A session of Ceilometer's user.
    static func session() throws -> KeystoneSession {
        let domain = KeystoneCredentials.Domain.name("Default")
        var credentials = KeystoneCredentials(
            authURL: try #require(TestBedScript.variable("AEROSTAT_TEST_KEYSTONE")),
            method: .password(
                .name("ceilometer", domain: domain), password: "ceilometer",
                scope: .projectName("service", domain: domain)))
        credentials.timeout = .seconds(50)
        let start = ContinuousClock.now
        return KeystoneSession(
            credentials, transfer: Transfer(), userAgent: "aerostat-tests", now: { ContinuousClock.now - start })
    }

    static func context() throws -> PublisherContext {
        var files = PublisherFiles()
        _ = files.read(for: "gnocchi://", at: nil)
        return PublisherContext(
            transfer: Transfer(), version: "0.1", telemetrySecret: Secret(""), files: files, keystone: try session())
    }

    func get(_ path: String) async throws -> MetadataValue {
        let response = try await send(.get, path)
        try #require(response.status == 200, "\(path): \(String(decoding: response.body, as: UTF8.self))")
        return try OrderedJSON.parse(response.body)
    }

    func delete(_ path: String) async throws {
        #expect(try await send(.delete, path).status == 204)
    }

    private func send(_ method: TransferRequest.Method, _ path: String) async throws -> TransferResponse {
        var request = ServiceRequest(method, .init("metric"), path)
        request.timeout = .seconds(60)
        return try await session.response(to: request)
    }
}

extension Timestamp {
    fileprivate static var now: Timestamp { PublisherContext.systemTime() }
}

extension MetadataValue {
    fileprivate var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: nil
        }
    }
}
