import Foundation
import Telemetry
import Testing

@testable import Outbox

/// An agent that dies while it saves what can be read of a damaged database loses nothing.
@Suite(.timeLimit(.minutes(2))) struct DatabaseSwapTests {
    private static let originals = (0..<30).map { Payload($0, size: 3000) }

    /// How far it came.
    enum Death: CaseIterable {
        case filling, whole, logAside, fileAside
    }

    @Test(arguments: Death.allCases) func goesOnWhereAnEarlierRunDied(death: Death) async throws {
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        try await store.append([("a", Self.originals)])
        try store.close()
        let sound = try Data(contentsOf: URL(filePath: bench.database))
        var damaged = sound
        damaged.replaceSubrange(0..<4096, with: [UInt8](repeating: 0xA5, count: 4096))
        let saved = URL(filePath: bench.database + ".saved")
        switch death {
        case .filling:
            try damaged.write(to: URL(filePath: bench.database))
            try sound.prefix(20_000).write(to: URL(filePath: bench.database + ".filling"))
            try Data("a log".utf8).write(to: URL(filePath: bench.database + ".filling-wal"))
        case .whole:
            try damaged.write(to: URL(filePath: bench.database))
            try Data("an old log".utf8).write(to: URL(filePath: bench.database + "-wal"))
            try sound.write(to: saved)
        case .logAside:
            try damaged.write(to: URL(filePath: bench.database))
            try sound.write(to: saved)
        case .fileAside:
            try FileManager.default.removeItem(atPath: bench.database)
            try sound.write(to: saved)
        }
        let publisher = ScriptedPublisher()
        let outbox = try await bench.open(publisher)
        await publisher.takes(Self.originals.count)
        await outbox.handOver(Payload(1000))
        await publisher.takes(Self.originals.count + 1)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == (Self.originals + [Payload(1000)]).map(\.numbers))
        let told = bench.events.value.compactMap { event in
            if case .databaseDamaged(_, _, let recovered, _) = event { recovered } else { nil }
        }
        #expect(told == [Self.originals.count])
        let files = try FileManager.default.contentsOfDirectory(atPath: bench.directory)
        #expect(!files.contains { $0.contains(".saved") || $0.contains(".filling") })
        #expect(files.contains { $0.contains(".damaged-") } == (death != .fileAside))
    }
}
