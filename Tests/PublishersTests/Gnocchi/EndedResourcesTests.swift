import Outbox
import Telemetry
import TestServers
import Testing

@testable import Publishers

/// Instances that are gone for good, marked as such with their disks and NICs.
@Suite(.timeLimit(.minutes(2)))
struct EndedResourcesTests {
    private static let moment = Timestamp(seconds: 1_795_373_230)
    private static let ended = [EndedInstance(id: "i1", at: moment), EndedInstance(id: "i2", at: moment)]

    private func bench(_ parameters: String = "&ended_at=true") throws -> (FakeGnocchi, GnocchiBench) {
        let gnocchi = try FakeGnocchi()
        gnocchi.change { state in
            state.resources = [
                "i1": "instance", "i1-vda": "instance_disk", "i1-vdb": "instance_disk",
                "i1-tap": "instance_network_interface", "i2": "instance",
            ]
            state.ended = ["i1-vdb"]
        }
        return (gnocchi, try GnocchiBench(gnocchi, parameters: parameters))
    }

    @Test func payloadsAreRead() throws {
        let (_, bench) = try bench()
        let payloads = bench.publisher.payloads(forEnded: Self.ended)
        #expect(payloads.compactMap { EndedResources($0.body) }.flatMap(\.instances) == Self.ended)
        // It is as old as the moment at which it was learnt: the outbox does not drop it for the instance's age.
        #expect(payloads.allSatisfy { $0.samples == 0 && $0.first == Timestamp(seconds: 1_795_373_240) })
        for body in ["", "[]", "{}", "{\"ended\":[{\"id\":1}]}", "{\"ended\":[{\"id\":\"a\",\"at\":\"x\"}]}"] {
            #expect(EndedResources(Array(body.utf8)) == nil)
        }
    }

    @Test func onRequestOnly() throws {
        #expect(try bench("").1.publisher.payloads(forEnded: Self.ended).isEmpty)
        #expect(PublisherFactory.marksEnds("gnocchi://?ended_at=true"))
        #expect(!PublisherFactory.marksEnds("gnocchi://") && !PublisherFactory.marksEnds("http://h?ended_at=true"))
    }

    /// As Ceilometer does at `compute.instance.delete.start`: NICs and disks are found by their instance.
    @Test func theInstanceAndWhatBelongsToIt() async throws {
        let (gnocchi, bench) = try bench()
        for payload in bench.publisher.payloads(forEnded: Self.ended) {
            #expect(await bench.publisher.deliver(payload) == .delivered)
        }
        #expect(
            gnocchi.lines.filter { $0.hasPrefix("PATCH") } == [
                "PATCH /v1/resource/instance_network_interface/i1-tap", "PATCH /v1/resource/instance_disk/i1-vda",
                "PATCH /v1/resource/instance/i1", "PATCH /v1/resource/instance/i2",
            ])
        #expect(
            gnocchi.requests.filter { $0.line.hasPrefix("PATCH") }
                .allSatisfy { $0.text == "{\"ended_at\":\"2026-11-22T18:47:10\"}" },
            "\(gnocchi.requests.map(\.text))")
    }

    @Test func whatIsNotThereHasEnded() async throws {
        let (gnocchi, bench) = try bench()
        let payload = try #require(
            bench.publisher.payloads(forEnded: [EndedInstance(id: "never", at: Self.moment)]).first)
        #expect(await bench.publisher.deliver(payload) == .delivered)
        #expect(gnocchi.lines.allSatisfy { $0.hasPrefix("POST /v1/search/") })
    }

    /// Gnocchi refuses an end before the start, which is when it first heard of the resource.
    @Test func noEndBeforeTheStart() async throws {
        let (gnocchi, bench) = try bench()
        gnocchi.change { $0.started = "2026-11-22T20:00:00.000001+00:00" }
        for payload in bench.publisher.payloads(forEnded: Self.ended) {
            #expect(await bench.publisher.deliver(payload) == .delivered)
        }
        #expect(
            gnocchi.requests.filter { $0.line.hasPrefix("PATCH") }
                .allSatisfy { $0.text == "{\"ended_at\":\"2026-11-22T20:00:00.000001\"}" })
    }

    /// What Gnocchi itself will not do is put aside, so that no measure waits behind it.
    @Test(arguments: [
        ("POST /v1/search", LoopbackAnswer.status(503), "retry"), ("POST /v1/search", .status(403), "refused"),
        ("POST /v1/search", .gnocchi(403, "\"no\""), "rejected"), ("PATCH ", .gnocchi(403, "\"no\""), "rejected"),
        ("POST /v1/search", .gnocchi(401, "null"), "refused"), ("PATCH ", .gnocchi(400, "\"bad\""), "rejected"),
        ("POST /v1/search", .status(200, body: Array("<html>".utf8)), "refused"),
        ("POST /v1/search", .status(404, body: Array("<html>".utf8)), "refused"),
        ("PATCH ", .status(500), "retry"), ("PATCH ", .status(404, body: Array("<html>".utf8)), "refused"),
    ])
    func faultsKeepIt(_ prefix: String, _ fault: LoopbackAnswer, _ kind: String) async throws {
        let (gnocchi, bench) = try bench()
        let payload = try #require(bench.publisher.payloads(forEnded: Self.ended).first)
        gnocchi.fail(prefix, fault)
        #expect(await bench.publisher.deliver(payload).kind == kind)
        #expect(await bench.publisher.deliver(payload) == .delivered)
    }
}
