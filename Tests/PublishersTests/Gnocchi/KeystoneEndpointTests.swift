import Keystone
import Outbox
import Telemetry
import TestServers
import Testing

@testable import Publishers

/// `gnocchi://`: Gnocchi where Keystone's catalogue says, as the user that `[service_credentials]` names.
@Suite(.timeLimit(.minutes(2)))
struct KeystoneEndpointTests {
    private static let batch = "POST /v1/batch/resources/metrics/measures"

    private func payload(_ bench: KeystoneBench, projects: [String] = ["p"]) throws -> Payload {
        let samples = projects.enumerated().map { number, project in
            Sample(
                id: SampleID(high: 1, low: UInt64(number)), meter: Meter(name: "memory", type: .gauge, unit: "MiB"),
                resource: Resource(
                    id: "i\(number)", userID: "u", projectID: project, source: "openstack",
                    metadata: Metadata([.init("display_name", .string("vm"))])),
                volume: .integer(512), timestamp: Timestamp(seconds: 1_795_373_230))
        }
        return try #require(bench.publisher.payloads(for: samples).first)
    }

    @Test func aTokenAndTheCatalogue() async throws {
        let bench = try KeystoneBench()
        #expect(bench.publisher.identity == "gnocchi://")
        #expect(await bench.publisher.deliver(try payload(bench)) == .delivered)
        #expect(bench.gnocchi.requests.allSatisfy { $0.header("X-Auth-Token") == "token-1" })
        #expect(bench.gnocchi.requests.allSatisfy { $0.header("Authorization") == nil })
        #expect(bench.gnocchi.points.count == 1)
        // Its own project is the one that is filtered by default: the token tells its id, and no rights are needed.
        #expect(bench.cloud.lines.isEmpty && bench.cloud.tokens == 1)
    }

    /// The project of the token's is called service, and its resources are not sent.
    @Test func theServiceProjectIsFiltered() async throws {
        let bench = try KeystoneBench()
        let own = try #require(await bench.context.keystone?.identity().projectID)
        #expect(await bench.publisher.deliver(try payload(bench, projects: [own, "p", own])) == .delivered)
        #expect(bench.gnocchi.points.map { $0.prefix(2) } == ["i1"])
        let all = try KeystoneBench("gnocchi://?timeout=50&enable_filter_project=false")
        #expect(await all.publisher.deliver(try payload(all, projects: [own, "p"])) == .delivered)
        #expect(all.gnocchi.points.count == 2)
    }

    @Test func anotherProjectIsLookedUpOnce() async throws {
        let bench = try KeystoneBench("gnocchi://?timeout=50&filter_project=tele%20metry&filter_domain=D%26co")
        bench.cloud.service { request in
            if request.line.hasPrefix("GET /v3/domains?name=D%26co ") {
                return LoopbackCloud.json(#"{"domains": [{"id": "d1", "name": "D&co"}]}"#)
            }
            guard request.line.hasPrefix("GET /v3/projects?name=tele%20metry&domain_id=d1 ") else { return nil }
            return LoopbackCloud.json(#"{"projects": [{"id": "p7", "name": "tele metry"}]}"#)
        }
        for _ in 0..<2 {
            #expect(await bench.publisher.deliver(try payload(bench, projects: ["p7", "p"])) == .delivered)
        }
        #expect(bench.gnocchi.points.allSatisfy { $0.hasPrefix("i1 ") })
        #expect(bench.cloud.lines.count == 2)
    }

    /// Ceilometer raises and loses the samples; here they wait until somebody has mended it.
    @Test func aLookUpThatIsForbiddenLosesNothing() async throws {
        let bench = try KeystoneBench("gnocchi://?timeout=50&filter_project=x")
        bench.cloud.service { request in
            request.line.contains("/v3/domains")
                ? .status(403, body: Array(#"{"error": {"message": "You are not authorized"}}"#.utf8)) : nil
        }
        let delivery = await bench.publisher.deliver(try payload(bench))
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("enable_filter_project=false"))
        #expect(bench.gnocchi.points.isEmpty)
        bench.cloud.service { request in
            request.line.contains("/v3/domains") ? LoopbackCloud.json(#"{"domains": []}"#) : nil
        }
        #expect(await bench.publisher.deliver(try payload(bench)) == .delivered)
        #expect(bench.notices.contains { $0.contains("there is no project x in the domain Default") })
    }

    @Test func aTokenThatIsRefusedIsRenewedOnce() async throws {
        let bench = try KeystoneBench()
        bench.gnocchi.fail(Self.batch, .status(401))
        #expect(await bench.publisher.deliver(try payload(bench)) == .delivered)
        #expect(bench.cloud.tokens == 2 && bench.gnocchi.points.count == 1)
        for _ in 0..<2 { bench.gnocchi.fail(Self.batch, .status(401)) }
        let delivery = await bench.publisher.deliver(try payload(bench))
        // Keystone counts revocations in whole seconds: a fresh token may be refused once more, and is asked again soon.
        #expect(delivery.kind == "retry" && delivery.reason.contains("keystone_authtoken"))
    }

    @Test(arguments: [
        (LoopbackAnswer.status(503), "retry"), (.reset, "retry"),
        (.status(401, body: Array(#"{"error": {"message": "wrong s3cret"}}"#.utf8)), "refused"),
        (.status(403), "refused"),
    ])
    func withoutATokenNothingIsLost(_ answer: LoopbackAnswer, _ kind: String) async throws {
        let bench = try KeystoneBench()
        bench.cloud.keystone { _ in answer }
        let payload = try payload(bench)
        let delivery = await bench.publisher.deliver(payload)
        #expect(delivery.kind == kind)
        #expect(!delivery.reason.contains("s3cret") && delivery.reason.contains("/v3/auth/tokens"))
        #expect(bench.gnocchi.requests.isEmpty)
    }

    /// A page in the place of Gnocchi's answer that shows what it was asked.
    @Test(arguments: [200, 202, 404])
    func aTokenThatIsEchoedIsNotShown(_ status: Int) async throws {
        let bench = try KeystoneBench()
        bench.gnocchi.fail(
            Self.batch,
            .status(status, headers: ["Content-Type: text/plain"], body: Array("X-Auth-Token: token-1".utf8)))
        let delivery = await bench.publisher.deliver(try payload(bench))
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("X-Auth-Token: ***"))
        #expect(!delivery.reason.contains("token-1"))
    }

    @Test func aCatalogueWithoutGnocchi() async throws {
        let bench = try KeystoneBench()
        bench.cloud.keystone { _ in
            let body = LoopbackCloud.fixture("token").replacing("\"metric\"", with: "\"metrics\"")
            return .status(201, headers: ["X-Subject-Token: t"], body: Array(body.utf8))
        }
        let delivery = await bench.publisher.deliver(try payload(bench))
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("expected a public endpoint of type metric"))
    }

    @Test func gnocchisErrorsNameItsURL() async throws {
        let bench = try KeystoneBench()
        bench.gnocchi.fail(Self.batch, .status(503))
        let delivery = await bench.publisher.deliver(try payload(bench))
        #expect(delivery.kind == "retry")
        #expect(delivery.reason.hasPrefix("POST http://127.0.0.1:\(bench.gnocchi.port)/v1/batch"))
    }

    /// Disks and NICs of whoever published before us would be there twice; and looking changes nothing.
    @Test(arguments: [true, false])
    func anInspectionTellsWhoHasCreatedTheDevices(isOurs: Bool) async throws {
        let bench = try KeystoneBench()
        let identity = try #require(await bench.context.keystone?.identity())
        let ours = "\(identity.userID):\(identity.projectID ?? "")"
        let inspection = try #require(GnocchiInspection(url: "gnocchi://?timeout=50", context: bench.context))
        bench.gnocchi.change { state in
            state.creator = isOurs ? ours : "another:service"
            state.resources = ["h": "instance", "h-vda": "instance_disk", "h-tap": "instance_network_interface"]
        }
        let findings = await inspection.run(host: "h")
        #expect(findings.map(\.severity).filter { $0 != .good } == (isOurs ? [] : [.warning]), "\(findings)")
        let last = try #require(findings.last?.text)
        #expect(last.contains(isOurs ? "2 disks and NICs of h were created by us" : "were created by another:service"))
        #expect(isOurs || last.contains("each would be there twice"))
        #expect(findings.contains { $0.text.contains("older than 2 periods of 1 day, 0:00:00 before") })
        #expect(bench.gnocchi.lines.allSatisfy { $0.hasPrefix("GET ") || $0.hasPrefix("POST /v1/search/") })
    }

    @Test func anInspectionTellsWhatIsMissing() async throws {
        let bench = try KeystoneBench()
        bench.gnocchi.change { $0.policies.remove("ceilometer-low") }
        let inspection = try #require(GnocchiInspection(url: "gnocchi://?timeout=50", context: bench.context))
        let findings = await inspection.run(host: "h")
        #expect(findings.map(\.severity) == [.failure])
        #expect(
            findings.first?.text.contains("archive policy ceilometer-low is missing; aerostat gnocchi-upgrade") == true)
    }
}
