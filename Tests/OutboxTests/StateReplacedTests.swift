import Foundation
import Telemetry
import Testing

@testable import Outbox

/// The state directory or its files go, are replaced or cut off, while an agent runs or before one starts.
@Suite(.timeLimit(.minutes(2))) struct StateReplacedTests {
    private static let down = Delivery.retry(after: .seconds(3600), reason: "down")
    private static let files = ["outbox.sqlite", "outbox.sqlite-wal", "outbox.sqlite-shm"]

    private func replacements(_ bench: Bench) -> [Int] {
        bench.events.value.compactMap { if case .stateReplaced(_, _, let carried) = $0 { carried } else { nil } }
    }

    private func mode(_ path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test(arguments: ["removed", "renamed", "replaced", "without files", "without database", "without log", "emptied"])
    func whatTheOldOneHoldsIsCarriedOver(_ how: String) async throws {
        let bench = try Bench()
        let state = bench.directory + "/state"
        let publisher = ScriptedPublisher(otherwise: Self.down)
        let outbox = try await bench.open(publisher, in: state)
        await outbox.handOver(Payload(0), Payload(1..<3))
        await outbox.handOver(Payload(3))
        let files = FileManager.default
        switch how {
        case "removed": try files.removeItem(atPath: state)
        case "renamed": try files.moveItem(atPath: state, toPath: state + ".old")
        case "replaced":
            try files.moveItem(atPath: state, toPath: state + ".old")
            try files.createDirectory(atPath: state, withIntermediateDirectories: false)
        case "without files": for file in Self.files { try files.removeItem(atPath: state + "/" + file) }
        case "without database": try files.removeItem(atPath: state + "/outbox.sqlite")
        case "without log": try files.removeItem(atPath: state + "/outbox.sqlite-wal")
        default: truncate(state + "/outbox.sqlite", 0)
        }
        // The first one runs, whatever there is at its path.
        let second = await #expect(throws: OutboxError.self) { try await bench.open(ScriptedPublisher(), in: state) }
        #expect(second?.code == .inUse)
        // What that may have made of the directory changes nothing.
        await outbox.handOver(Payload(4))
        #expect(replacements(bench).count >= 1)
        #expect(try await outbox.snapshot().payloads == 4)
        await outbox.handOver(Payload(5))
        await outbox.stop(within: .zero)
        #expect(try await bench.stored(in: state).map(\.numbers) == [0..<1, 1..<3, 3..<4, 4..<5, 5..<6])
        #expect(publisher.received.allSatisfy { $0 == 0..<1 })
    }

    /// An end, or a reload, comes before the next poll.
    @Test(arguments: ["removed", "renamed", "without files", "emptied"])
    func anEndFindsItBeforeTheNextPollDoes(_ how: String) async throws {
        let bench = try Bench()
        let state = bench.directory + "/state"
        let outbox = try await bench.open(ScriptedPublisher(otherwise: Self.down), in: state)
        await outbox.handOver(Payload(0), Payload(1))
        let files = FileManager.default
        switch how {
        case "removed": try files.removeItem(atPath: state)
        case "renamed": try files.moveItem(atPath: state, toPath: state + ".old")
        case "without files": for file in Self.files { try files.removeItem(atPath: state + "/" + file) }
        default: truncate(state + "/outbox.sqlite", 0)
        }
        await outbox.stop(within: .zero)
        #expect(replacements(bench).count == 1)
        #expect(await outbox.leftovers().map(\.kept) == [2])
        #expect(try await bench.stored(in: state).map(\.numbers) == singles(0..<2))
    }

    /// What stood in a log that was cut off is gone, and told.
    @Test func whatWasCutOffIsCounted() async throws {
        let bench = try Bench()
        let outbox = try await bench.open(ScriptedPublisher(otherwise: Self.down))
        await outbox.handOver(Payload(0))
        await outbox.stop(within: .zero)
        let again = try await bench.open(ScriptedPublisher(otherwise: Self.down))
        await again.handOver(Payload(1), Payload(2..<4))
        await again.handOver(Payload(4))
        truncate(bench.database + "-wal", 0)
        await again.handOver(Payload(5))
        let reasons = bench.events.value.compactMap {
            if case .stateReplaced(_, let reason, _) = $0 { reason } else { nil }
        }
        #expect(reasons.count == 1 && reasons.first?.hasSuffix("was cut off, with 3 payloads") == true, "\(reasons)")
        #expect(try await again.snapshot().payloads == 2)
        await again.stop(within: .zero)
        #expect(try await bench.stored().map(\.numbers) == [0..<1, 5..<6])
    }

    /// A file stands where the directory was: what is in the old one's files cannot be kept, and is told.
    @Test func whatCannotBeCarriedOverIsTold() async throws {
        let bench = try Bench()
        let state = bench.directory + "/state"
        let outbox = try await bench.open(ScriptedPublisher(otherwise: Self.down), in: state)
        await outbox.handOver(Payload(0), Payload(1..<3))
        try FileManager.default.removeItem(atPath: state)
        try Data().write(to: URL(filePath: state))
        await outbox.handOver(Payload(3))
        let reason = bench.events.value.compactMap { if case .diskFailed(let reason) = $0 { reason } else { nil } }.last
        #expect(reason?.contains("is no directory") == true && reason?.contains("Domain") == false, "\(reason ?? "")")
        await outbox.stop(within: .zero)
        let left = try #require(await outbox.leftovers().first)
        #expect(left.kept == 0 && left.lost == 3 && left.lostSamples == 4)
    }

    @Test(arguments: ["missing", "there", "a file", "a link in it", "another owner's"])
    func tellsBeforeAStartWhetherItWouldFail(_ how: String) throws {
        let bench = try Bench()
        let state = bench.directory + "/state"
        if how == "a file" {
            try Data().write(to: URL(filePath: state))
        } else if how != "missing" {
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        }
        if how == "a link in it" {
            try FileManager.default.createSymbolicLink(atPath: state + "/outbox.sqlite", withDestinationPath: "x")
        }
        if how == "another owner's" { try #require(chown(state, 65_534, 65_534) == 0, "run this test as root") }
        if how == "missing" || how == "there" {
            try Outbox.requireUsable(directory: state)
        } else {
            #expect(throws: OutboxError.self) { try Outbox.requireUsable(directory: state) }
        }
        #expect(how != "missing" || !FileManager.default.fileExists(atPath: state))
    }

    /// The path is taken, whatever it leads to.
    @Test func aLinkToAnotherDirectoryIsNoWayIn() async throws {
        let bench = try Bench()
        let state = bench.directory + "/state"
        let outbox = try await bench.open(ScriptedPublisher(), in: state)
        try FileManager.default.moveItem(atPath: state, toPath: state + ".old")
        try FileManager.default.createDirectory(atPath: state + ".new", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: state, withDestinationPath: state + ".new")
        let second = await #expect(throws: OutboxError.self) { try await bench.open(ScriptedPublisher(), in: state) }
        #expect(second?.code == .inUse)
        await outbox.stop(within: .zero)
    }

    @Test func aCopyIsNotDoubled() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: Self.down)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0), Payload(1))
        for file in Self.files.prefix(2) {
            let path = bench.directory + "/" + file
            try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
        }
        for file in Self.files.prefix(2) {
            let path = bench.directory + "/" + file
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: path + ".copy", toPath: path)
        }
        await outbox.handOver(Payload(2))
        #expect(replacements(bench) == [0], "\(bench.events.value)")
        await outbox.stop(within: .zero)
        #expect(try await bench.stored().map(\.numbers) == singles(0..<3))
    }

    /// The payload that is under way is the same one in the new database.
    @Test func whatIsUnderWayIsNotSentAgain() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0), Payload(1))
        await publisher.attempts(1)
        for file in Self.files { try FileManager.default.removeItem(atPath: bench.directory + "/" + file) }
        await outbox.handOver(Payload(2))
        publisher.answerAlways(.delivered)
        await publisher.takes(3)
        _ = try await outbox.snapshot { $0.payloads == 0 && $0.delivered == 3 }
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles(0..<3))
        #expect(try await bench.stored() == [])
    }

    /// As a power cut may leave it.
    @Test(arguments: [true, false]) func aLogWithoutItsDatabaseIsRead(isThere: Bool) async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: Self.down)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0), Payload(1))
        await outbox.handOver(Payload(2))
        let crashed = try await bench.crashed()
        await outbox.stop(within: .zero)
        if isThere {
            truncate(crashed.database, 0)
        } else {
            try FileManager.default.removeItem(atPath: crashed.database)
        }
        let next = ScriptedPublisher()
        let again = try await crashed.open(next)
        await next.takes(3)
        await again.stop(within: .seconds(60))
        #expect(next.taken == singles(0..<3))
        #expect(
            crashed.events.value.contains {
                if case .databaseDamaged(_, _, let recovered, 0) = $0 { recovered == 3 } else { false }
            })
    }

    @Test(arguments: ["lock", "delivered", "outbox.sqlite", "outbox.sqlite-wal"]) func followsNoLinks(_ name: String)
        async throws
    {
        let bench = try Bench()
        let target = bench.directory + "/target"
        let state = bench.directory + "/state"
        try Data("precious".utf8).write(to: URL(filePath: target))
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: state + "/" + name, withDestinationPath: target)
        do {
            let outbox = try await bench.open(ScriptedPublisher(), in: state)
            // The journal is not needed.
            #expect(name == "delivered")
            await outbox.stop(within: .seconds(60))
        } catch {
            #expect("\(error)".contains(state + "/" + name) && "\(error)".contains("link"), "\(error)")
        }
        #expect(try Data(contentsOf: URL(filePath: target)) == Data("precious".utf8))
    }

    @Test func filesArePrivateAlsoInAnOldDirectory() async throws {
        let bench = try Bench()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bench.directory)
        let first = try await bench.open(ScriptedPublisher())
        await first.handOver(Payload(0))
        await first.stop(within: .seconds(60))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: bench.database)
        let outbox = try await bench.open(ScriptedPublisher())
        await outbox.handOver(Payload(1))
        for file in Self.files + ["lock", "delivered"] {
            #expect(try mode(bench.directory + "/" + file) == 0o600, "\(file)")
        }
        await outbox.stop(within: .seconds(60))
    }

    /// Needs root, as the tests with disks of their own do.
    @Test func refusesADirectoryOfAnotherOwner() async throws {
        let bench = try Bench()
        let state = bench.directory + "/state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        try #require(chown(state, 65_534, 65_534) == 0, "run this test as root")
        let error = await #expect(throws: OutboxError.self) { try await bench.open(ScriptedPublisher(), in: state) }
        #expect(error?.code == .unusable)
        #expect(error?.description.contains("belongs to") == true && error?.description.contains("chown") == true)
    }
}
