import Configuration
import Foundation
import Outbox
import Telemetry
import TestServers
import Testing
import Threads

@testable import Publishers

/// What becomes of a payload when Gnocchi, or what stands before it, fails.
@Suite(.timeLimit(.minutes(2)))
struct GnocchiDeliveryTests {
    private static let batch = "POST /v1/batch/resources/metrics/measures"

    /// Samples of instances with two meters each.
    private func samples(_ instances: Int, at seconds: Int64 = 1_795_373_230, host: String = "h") -> [Sample] {
        (0..<instances).flatMap { number in
            let resource = Resource(
                id: "i\(number)", userID: "u", projectID: number == 0 ? "gnocchi" : "p", source: "openstack",
                metadata: Metadata([.init("display_name", .string("vm")), .init("host", .string(host))]))
            return [("cpu", "ns", 1000), ("memory", "MiB", 2000)].map { meter, unit, base in
                Sample(
                    id: SampleID(high: 1, low: 1), meter: Meter(name: meter, type: .gauge, unit: unit),
                    resource: resource, volume: .integer(Int128(base + number)), timestamp: Timestamp(seconds: seconds))
            }
        }
    }

    private func payload(_ bench: GnocchiBench, _ samples: [Sample]) throws -> Payload {
        let payloads = Array(bench.publisher.payloads(for: samples))
        try #require(payloads.count == 1)
        return payloads[0]
    }

    /// The numbers of requests that docs/gnocchi.md states, for 100 instances with a disk and a NIC each.
    @Test func steadyStateIsOneRequestACycle() async throws {
        let gnocchi = try FakeGnocchi(hasPolicies: false)
        let state = try TemporaryFolder()
        let bench = try GnocchiBench(gnocchi, state: state)
        func host(at seconds: Int64) -> [Sample] {
            samples(100, at: seconds).flatMap { sample in
                [("", "cpu"), ("-vda", "disk.device.usage"), ("-tap", "network.incoming.bytes")].map { suffix, meter in
                    let owner = sample.resource
                    return Sample(
                        id: sample.id, meter: Meter(name: meter, type: .gauge, unit: "u"),
                        resource: Resource(
                            id: owner.id + suffix, userID: owner.userID, projectID: owner.projectID,
                            source: owner.source, metadata: owner.metadata),
                        volume: sample.volume, timestamp: sample.timestamp)
                }
            }
        }
        var counts: [Int] = []
        for cycle in 0..<3 {
            let payload = try payload(bench, host(at: 1_795_373_230 + Int64(cycle)))
            #expect(await bench.publisher.deliver(payload) == .delivered)
            counts.append(gnocchi.requests.count - counts.reduce(0, +))
        }
        // Four policies, a batch that finds the resources unknown, their creation, the batch.
        #expect(counts == [4 + 1 + 300 + 1, 1, 1])
        #expect(Set(gnocchi.points).count == 3 * 600)
        #expect(bench.notices.count == 4)
        let restarted = try GnocchiBench(gnocchi, state: state)
        for cycle in 3..<5 {
            let payload = try payload(restarted, host(at: 1_795_373_230 + Int64(cycle)))
            #expect(await restarted.publisher.deliver(payload) == .delivered)
            counts.append(gnocchi.requests.count - counts.reduce(0, +))
        }
        #expect(counts.suffix(2) == [4 + 1, 1])
    }

    @Test func attributesAreUpdatedWhenTheyChangeAndNotAfterARestart() async throws {
        let gnocchi = try FakeGnocchi()
        let state = try TemporaryFolder()
        let first = try GnocchiBench(gnocchi, state: state)
        #expect(await first.publisher.deliver(try payload(first, samples(3))) == .delivered)
        let before = gnocchi.lines.count
        let second = try GnocchiBench(gnocchi, state: state)
        #expect(await second.publisher.deliver(try payload(second, samples(3, at: 1_795_373_231))) == .delivered)
        #expect(gnocchi.lines.count == before + 1)
        let moved = try payload(second, samples(3, at: 1_795_373_232, host: "other"))
        #expect(await second.publisher.deliver(moved) == .delivered)
        #expect(gnocchi.lines.suffix(3).sorted() == (0..<3).map { "PATCH /v1/resource/instance/i\($0)" })
        // Without the file each is updated once more, and nothing else happens.
        let third = try GnocchiBench(gnocchi, state: try TemporaryFolder())
        let again = try payload(third, samples(3, at: 1_795_373_233, host: "other"))
        #expect(await third.publisher.deliver(again) == .delivered)
        #expect(gnocchi.lines.suffix(3).allSatisfy { $0.hasPrefix("PATCH ") })
        // What is older than what was said last says nothing of attributes.
        let late = try payload(third, samples(3, at: 1_795_373_100, host: "h"))
        let count = gnocchi.lines.count
        #expect(await third.publisher.deliver(late) == .delivered)
        #expect(gnocchi.lines.count == count + 1)
    }

    @Test(arguments: [
        (LoopbackAnswer.status(503, body: Array("<html>503</html>".utf8)), "retry"), (.status(500), "retry"),
        (.status(429, headers: ["Retry-After: 7"]), "retry"), (.gnocchi(401, "null"), "refused"),
        (.gnocchi(403, "\"no\""), "refused"), (.gnocchi(404, "null"), "refused"), (.status(413), "tooLarge"),
        (.status(400, body: Array("<html>400 Bad Request</html>".utf8)), "refused"), (.reset, "retry"),
        (.bytes([]), "retry"), (.bytes(Array("HTTP/1.1 202 Accepted\r\nContent-Le".utf8)), "retry"),
    ])
    func nothingIsLost(_ fault: LoopbackAnswer, _ kind: String) async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        let payload = try payload(bench, samples(2))
        gnocchi.fail(Self.batch, fault)
        // libcurl asks once more by itself where a connection that it kept turns out to be dead.
        if fault.isSilent { gnocchi.fail(Self.batch, fault) }
        let delivery = await bench.publisher.deliver(payload)
        #expect(delivery.kind == kind, "\(delivery)")
        if case .retry(let after, _) = delivery, case .status(429, _, _) = fault { #expect(after == .seconds(7)) }
        #expect(try await bench.deliverAll([payload]).isEmpty)
        #expect(gnocchi.points.count == 4)
    }

    @Test func anAnswerThatIsLostDoublesNothing() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        let payload = try payload(bench, samples(1))
        for _ in 0..<2 { gnocchi.fail("POST /v1/resource/", .reset, isDone: true) }
        #expect(await bench.publisher.deliver(payload).kind == "retry")
        gnocchi.fail(Self.batch, .bytes([]), isDone: true)
        #expect(await bench.publisher.deliver(payload).kind == "retry")
        #expect(await bench.publisher.deliver(payload) == .delivered)
        // The same point with the same time: for Gnocchi that is one.
        #expect(Set(gnocchi.points).count == 2)
        // It was created, but nobody heard of it: its attributes are not known.
        #expect(gnocchi.lines.last == "PATCH /v1/resource/instance/i0")
    }

    private static func page(_ status: Int, _ type: String = "text/html", _ body: String = "<html>Log in</html>")
        -> LoopbackAnswer
    {
        .status(status, headers: ["Content-Type: \(type)"], body: Array(body.utf8))
    }

    /// A login page, a cache or a proxy takes nothing, whatever 2xx it answers.
    @Test(arguments: [
        page(200), page(202), page(202, "application/json", "garbage"), .status(200), .status(204), .status(201),
        page(200, "application/json", "{}"),
    ])
    func onlyGnocchiTakesMeasures(_ answer: LoopbackAnswer) async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        let payload = try payload(bench, samples(2))
        gnocchi.fail(Self.batch, answer)
        let delivery = await bench.publisher.deliver(payload)
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("expected 202 of Gnocchi's"))
        #expect(delivery.reason.contains("check the publisher's URL"))
        #expect(gnocchi.points.isEmpty)
        #expect(await bench.publisher.deliver(payload) == .delivered)
        #expect(gnocchi.points.count == 4)
    }

    @Test func aLoginPageForEverythingMakesAndMarksNothing() async throws {
        let gnocchi = try FakeGnocchi(hasPolicies: false)
        let bench = try GnocchiBench(gnocchi, parameters: "&ended_at=true")
        let payload = try payload(bench, samples(2))
        for _ in 0..<4 { gnocchi.fail("POST /v1/archive_policy", Self.page(200)) }
        gnocchi.fail("POST /v1/resource/", Self.page(200))
        #expect(await bench.publisher.deliver(payload).kind == "refused")
        #expect(!bench.notices.contains { $0.contains("was created") })
        let ended = EndedInstance(id: "i0", at: Timestamp(seconds: 1_795_373_230))
        let end = try #require(bench.publisher.payloads(forEnded: [ended]).first)
        for page in [Self.page(200), Self.page(200, "text/plain", "[error] no backend")] {
            gnocchi.fail("POST /v1/search", page)
            #expect(await bench.publisher.deliver(end).kind == "refused")
        }
    }

    /// What its header says is enough.
    @Test(arguments: [
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"taken\"",
        "Content-Type: application/json\r\n\r\n",
    ])
    func anAcceptedBatchNeedsNoWholeBody(_ rest: String) async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        let payload = try payload(bench, samples(2))
        #expect(await bench.publisher.deliver(payload) == .delivered)
        gnocchi.fail(Self.batch, .stall(Array("HTTP/1.1 202 Accepted\r\n\(rest)".utf8)), isDone: true)
        #expect(await bench.publisher.deliver(payload) == .delivered)
        #expect(gnocchi.lines.filter { $0.hasPrefix(Self.batch) }.count == 3)
    }

    /// A clock that was ahead for one poll: what changes afterwards is still told.
    @Test func attributesFollowAfterAClockThatWasAhead() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        let polls: [(Int64, String)] = [(1_795_373_230, "h"), (1_796_064_431, "h"), (1_795_373_232, "other")]
        for (seconds, host) in polls {
            #expect(
                await bench.publisher.deliver(try payload(bench, samples(1, at: seconds, host: host))) == .delivered)
        }
        #expect(gnocchi.lines.filter { $0.hasPrefix("PATCH") }.count == 1)
    }

    /// What is kept of attributes is worth no measure.
    @Test func aStateDirectoryThatHangsKeepsNoMeasuresBack() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        let folder = try TemporaryFolder()
        let thread = WorkThread(named: "attributes")
        let isBack = DispatchSemaphore(value: 0)
        thread.start { isBack.wait() }
        var reader = ParameterReader(url: try PublisherURL(gnocchi.url), location: nil)
        let parameters = try #require(GnocchiParameters(&reader))
        let notes = PublisherNotes(publisher: "p") { _ in }
        var diagnostics = Diagnostics()
        let file = AttributeFile(directory: folder.path(""), identity: "p", thread: thread)
        let delivery = GnocchiDelivery(
            endpoint: try #require(parameters.endpoint(Make.context(), notes: notes)),
            definition: try #require(PackagedDefinition.load(into: &diagnostics)), file: file, notes: notes,
            now: { Timestamp(seconds: 1_795_373_240) })
        for second in 0..<3 {
            let payload = try payload(bench, samples(1, at: 1_795_373_230 + Int64(second)))
            #expect(await delivery.deliver(payload) == .delivered)
        }
        isBack.signal()
        let last = try payload(bench, samples(1, at: 1_795_373_239, host: "other"))
        #expect(await delivery.deliver(last) == .delivered)
        while await file.load().entries.isEmpty { _ = await delivery.deliver(last) }
    }

    @Test func aHangEndsInTime() async throws {
        let gnocchi = try FakeGnocchi()
        let publisher = try Make.gnocchi("gnocchi+http://127.0.0.1:\(gnocchi.port)?timeout=3")
        let payload = try #require(publisher.payloads(for: samples(2)).first)
        // It knows the policies then: the next request is the batch.
        #expect(await publisher.deliver(payload) == .delivered)
        gnocchi.fail(Self.batch, .hang)
        #expect(await publisher.deliver(payload).kind == "retry")
        #expect(await publisher.deliver(payload) == .delivered)
    }

    /// A batch that takes too long is divided, but not for ever.
    @Test func aSlowServerGetsLessAtOnce() async throws {
        let gnocchi = try FakeGnocchi()
        let publisher = try Make.gnocchi("gnocchi+http://127.0.0.1:\(gnocchi.port)?timeout=3")
        #expect(await publisher.deliver(try #require(publisher.payloads(for: samples(2)).first)) == .delivered)
        let payload = try #require(publisher.payloads(for: samples(300)).first)
        gnocchi.fail(Self.batch, .hang)
        guard case .divided(let first, let second, _) = await publisher.deliver(payload) else {
            Issue.record("not divided")
            return
        }
        #expect((first.samples, second.samples) == (300, 300))
        gnocchi.fail(Self.batch, .hang)
        #expect(await publisher.deliver(first).kind == "retry")
    }

    @Test func oneBadValueInAThousandIsAloneInQuarantine() async throws {
        let gnocchi = try FakeGnocchi()
        gnocchi.change { $0.poison = ["integer(1333)"] }
        let bench = try GnocchiBench(gnocchi)
        let aside = try await bench.deliverAll([try payload(bench, samples(500))])
        #expect(aside.map(\.payload.samples) == [1])
        #expect(aside.first?.reason.contains("bad value") == true)
        #expect(
            try GnocchiBatch(try #require(aside.first).payload.body)?.points == ["i333 cpu 2026-11-22T18:47:10 1333"])
        #expect(Set(gnocchi.points).count == 999)
        // The server named it: the whole, the rest (with its creations), and the bad one.
        #expect(gnocchi.lines.filter { $0.hasPrefix("POST /v1/batch") }.count == 4)
    }

    /// What the server refuses without a word for whose sake is found by halving.
    @Test func aBadMetricIsFoundByHalving() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        #expect(try await bench.deliverAll([try payload(bench, samples(64))]).isEmpty)
        let payload = try payload(bench, samples(64, at: 1_795_373_290))
        for _ in 0..<8 { gnocchi.fail(Self.batch, .gnocchi(400, "\"'/' is not supported in metric name\"")) }
        let aside = try await bench.deliverAll([payload])
        #expect(aside.map(\.payload.samples) == [1])
        #expect(Set(gnocchi.points).count == 128 + 127)
    }

    @Test func aResourceThatCannotBeCreatedKeepsNoOtherBack() async throws {
        let gnocchi = try FakeGnocchi()
        gnocchi.change { $0.refused = ["i3", "i7"] }
        let bench = try GnocchiBench(gnocchi)
        let aside = try await bench.deliverAll([try payload(bench, samples(10))])
        #expect(aside.map(\.payload.samples) == [2, 2])
        #expect(aside.allSatisfy { $0.reason.contains("required key not provided @ data['display_name']") })
        #expect(Set(gnocchi.points).count == 16)
    }

    @Test func whatWasDeletedUnderUsIsCreatedAgain() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        #expect(await bench.publisher.deliver(try payload(bench, samples(3))) == .delivered)
        gnocchi.change { $0.resources["i1"] = nil }
        #expect(await bench.publisher.deliver(try payload(bench, samples(3, at: 1_795_373_231))) == .delivered)
        #expect(gnocchi.points.count == 12)
        // Between the batch and the update, too: the next batch finds it unknown.
        gnocchi.fail("PATCH", .gnocchi(404, "\"Resource i1 does not exist\""))
        let moved = samples(3, at: 1_795_373_232, host: "other")
        #expect(await bench.publisher.deliver(try payload(bench, moved)) == .delivered)
        #expect(bench.notices.isEmpty)
    }

    @Test func twoAgentsCreateTheSameResource() async throws {
        let gnocchi = try FakeGnocchi()
        let one = try GnocchiBench(gnocchi)
        let other = try GnocchiBench(gnocchi)
        let payloads = [
            try payload(one, samples(20)), try payload(other, samples(20, at: 1_795_373_231, host: "other")),
        ]
        async let first = one.publisher.deliver(payloads[0])
        async let second = other.publisher.deliver(payloads[1])
        #expect(await [first, second] == [.delivered, .delivered])
        #expect(Set(gnocchi.points).count == 80)
    }

    @Test(arguments: [(503, "retry"), (403, "refused"), (401, "refused")])
    func aCreationThatFailsKeepsThePayload(_ status: Int, _ kind: String) async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        gnocchi.fail("POST /v1/resource/", .gnocchi(status, "null"))
        let payload = try payload(bench, samples(10))
        #expect(await bench.publisher.deliver(payload).kind == kind)
        #expect(await bench.publisher.deliver(payload) == .delivered)
        #expect(Set(gnocchi.points).count == 20)
    }

    @Test func aMissingResourceTypeIsForTheOperator() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        gnocchi.fail("POST /v1/resource/", .gnocchi(404, "\"Resource type instance does not exist\""))
        let delivery = await bench.publisher.deliver(try payload(bench, samples(1)))
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("aerostat gnocchi-upgrade"))
    }

    @Test(arguments: [503, 400, 403]) func anUpdateThatFailsKeepsNoMeasuresBack(_ status: Int) async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        #expect(await bench.publisher.deliver(try payload(bench, samples(1))) == .delivered)
        gnocchi.fail("PATCH", .gnocchi(status, "{\"cause\": \"Invalid input\", \"reason\": \"no\", \"detail\": []}"))
        for second in 1...3 {
            let moved = try payload(bench, samples(1, at: 1_795_373_230 + Int64(second), host: "other"))
            #expect(await bench.publisher.deliver(moved) == .delivered)
        }
        #expect(gnocchi.points.count == 8)
        // What Gnocchi will never take is not sent again, all else is.
        #expect(gnocchi.lines.filter { $0.hasPrefix("PATCH") }.count == (status == 400 ? 1 : 2))
        #expect(bench.notices.count == 1)
    }

    @Test func policiesThatMayNotBeMadeStopNothing() async throws {
        let gnocchi = try FakeGnocchi()
        for _ in 0..<4 { gnocchi.fail("POST /v1/archive_policy", .gnocchi(403, "\"Insufficient privileges\"")) }
        let bench = try GnocchiBench(gnocchi)
        #expect(await bench.publisher.deliver(try payload(bench, samples(1))) == .delivered)
        #expect(bench.notices.count == 4)
        #expect(bench.notices.allSatisfy { $0.contains("cannot be created") && $0.contains("HTTP 403") })
    }

    @Test func aPolicyThatWasDeletedIsMadeAgain() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        #expect(await bench.publisher.deliver(try payload(bench, samples(1))) == .delivered)
        gnocchi.change { $0.policies = [] }
        #expect(await bench.publisher.deliver(try payload(bench, samples(2, at: 1_795_373_231))) == .delivered)
        #expect(gnocchi.points.count == 6)
    }

    @Test func aPolicyThatNobodyDefines() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi, parameters: "&archive_policy=nope")
        let old = try payload(bench, samples(2))
        let delivery = await bench.publisher.deliver(old)
        #expect(delivery.kind == "refused" && delivery.reason.contains("Archive policy nope does not exist"))
        // Once the URL is mended, what was made before it is put aside, and the rest goes on.
        let mended = try GnocchiBench(gnocchi)
        let aside = try await mended.deliverAll([old, try payload(mended, samples(2, at: 1_795_373_231))])
        #expect(aside.map(\.payload.samples).reduce(0, +) == 4)
        #expect(Set(gnocchi.points).count == 4)
    }

    @Test func aFilteredProjectIsNotSent() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi, parameters: "&filter_project=gnocchi")
        #expect(await bench.publisher.deliver(try payload(bench, samples(2))) == .delivered)
        #expect(Set(gnocchi.points.map { $0.prefix(2) }) == ["i1"])
    }

    @Test func aReplayIsToldWithItsSpan() async throws {
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        let now: Int64 = 1_795_373_240
        for seconds in [now - 7200, now - 3600] {
            #expect(await bench.publisher.deliver(try payload(bench, samples(1, at: seconds))) == .delivered)
        }
        #expect(bench.notices.isEmpty)
        #expect(await bench.publisher.deliver(try payload(bench, samples(1, at: now))) == .delivered)
        let notice = try #require(bench.notices.first)
        #expect(notice.hasPrefix("4 samples of 2026-11-22T16:47:20Z to 2026-11-22T17:47:20Z were delivered late"))
    }

    @Test func unknownMetersAreToldOnce() throws {
        let bench = try GnocchiBench(try FakeGnocchi())
        let resource = Resource(id: "r", userID: nil, projectID: nil, source: "o", metadata: Metadata())
        for _ in 0..<3 {
            let sample = Sample(
                id: SampleID(high: 1, low: 1), meter: Meter(name: "no.such", type: .gauge, unit: ""),
                resource: resource, volume: .integer(1), timestamp: Timestamp(seconds: 1))
            #expect(bench.publisher.payloads(for: [sample]).isEmpty)
        }
        #expect(bench.notices == ["no.such is not sent: gnocchi_resources.yaml has no metric of that name"])
    }

    @Test func passwordIsNowhere() async throws {
        let gnocchi = try FakeGnocchi()
        gnocchi.fail("POST", .gnocchi(401, "\"hunter2 is wrong\""))
        let publisher = try Make.gnocchi("gnocchi+http://user:hunter2@127.0.0.1:\(gnocchi.port)?timeout=50")
        let payload = try #require(publisher.payloads(for: samples(1)).first)
        let delivery = await publisher.deliver(payload)
        #expect(delivery.kind == "refused" && !delivery.reason.contains("hunter2"))
    }
}

extension LoopbackAnswer {
    fileprivate var isSilent: Bool {
        switch self {
        case .reset: true
        case .bytes(let bytes): bytes.isEmpty
        case .status, .stall, .hang: false
        }
    }
}
