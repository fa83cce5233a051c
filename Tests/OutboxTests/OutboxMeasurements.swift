import Foundation
import Telemetry
import Testing

@testable import Outbox

/// Figures for the documentation: `AEROSTAT_MEASURE=1 swift test -c release --filter OutboxMeasurements`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["AEROSTAT_MEASURE"] != nil))
struct OutboxMeasurements {
    private func residentMegabytes() throws -> Int {
        let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(statm[1]) ?? 0) * 4096 / (1 << 20)
    }

    @Test(arguments: [1000, 100_000]) func appendAndDrain(size: Int) async throws {
        let count = 2000
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        let clock = ContinuousClock()
        var times: [Duration] = []
        for number in 0..<count {
            let payload = Payload(number, size: size)
            times.append(await clock.measure { await outbox.handOver(payload) })
        }
        times.sort()
        let waiting = try residentMegabytes()
        await outbox.stop(within: .zero)
        let receiver = CountingPublisher()
        var drained: Outbox?
        let opening = try await clock.measure { drained = try await bench.open(receiver) }
        let drain = await clock.measure { await receiver.count.wait { $0 == count } }
        await drained?.stop(within: .seconds(60))
        print(
            "MEASURED \(count) payloads of \(size) B: append median \(times[count / 2]) p99 \(times[count * 99 / 100]) "
                + "max \(times[count - 1]); open \(opening); drain \(drain); resident \(waiting) MB waiting")
        #expect(receiver.count.value == count)
    }

    /// A thousand payloads of a thousand samples, as the http publisher makes them.
    @Test func aMillionSamples() async throws {
        let bench = try Bench()
        let outbox = try await bench.open(ScriptedPublisher(otherwise: .retry(after: .seconds(600), reason: "down")))
        let before = try residentMegabytes()
        let clock = ContinuousClock()
        var handingOver = Duration.zero
        for number in 0..<1000 {
            let payload = Self.cycle(number)
            handingOver += await clock.measure { await outbox.handOver(payload) }
        }
        let waiting = try residentMegabytes()
        let held = try await outbox.snapshot()
        await outbox.stop(within: .zero)
        let receiver = CountingPublisher()
        var drained: Outbox?
        let opening = try await clock.measure { drained = try await bench.open(receiver) }
        let drain = await clock.measure { await receiver.count.wait { $0 == 1000 } }
        await drained?.stop(within: .seconds(60))
        print(
            "MEASURED \(held.samples) samples waiting: \(held.bytes >> 20) MiB on disk of "
                + "\((Self.cycle(0).body.count * 1000) >> 20); resident \(before) MB before, \(waiting) MB waiting, "
                + "\(try residentMegabytes()) MB drained; handing over \(handingOver / 1000) each; open \(opening); "
                + "drain \(drain)")
        #expect(held.samples == 1_000_000)
        #expect(receiver.count.value == 1000)
    }

    /// A large database without its header and its schema.
    @Test func aDamagedDatabase() async throws {
        let count = 3000
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        for batch in 0..<count / 100 {
            try await store.append([("a", (batch * 100..<batch * 100 + 100).map { Payload($0, size: 100_000) })])
        }
        try store.close()
        let file = try FileHandle(forUpdating: URL(filePath: bench.database))
        let size = try file.seekToEnd()
        try file.seek(toOffset: 0)
        try file.write(contentsOf: [UInt8](repeating: 0xA5, count: DatabaseFile.pageSize))
        try file.close()
        let before = try residentMegabytes()
        let receiver = CountingPublisher()
        var saved: Outbox?
        let saving = try await ContinuousClock().measure { saved = try await bench.open(receiver) }
        let after = try residentMegabytes()
        await receiver.count.wait { $0 == count }
        await saved?.stop(within: .seconds(60))
        print("MEASURED \(size >> 20) MiB damaged: saved in \(saving); resident \(before) MB before, \(after) MB after")
        #expect(receiver.count.value == count)
    }

    private static func cycle(_ number: Int) -> Payload {
        var body: [UInt8] = []
        for sample in 0..<1000 {
            let instance = sample / 30
            body += Array(
                """
                {"id": "\(UUID())", "name": "memory.usage", "type": "gauge", "unit": "MiB", "volume": \
                \((number * 7919 + sample * 104_729) % 100_003), "resource_id": "6e7d0001-0000-4000-8000-00000000\
                \(1000 + instance)", "timestamp": "2026-01-01T00:00:00", "user_id": "1f0c6e5a3b7d4c2e9a8b7c6d5e4f3a2b", \
                "project_id": "5a9f1c3e7b2d4f6a8c0e2b4d6f8a0c1e", "resource_metadata": {"display_name": "web-\(instance)", \
                "name": "instance-0000\(instance)", "instance_id": "6e7d0001-0000-4000-8000-00000000\(1000 + instance)", \
                "host": "a7c3b1d0e9f8", "instance_host": "compute-17", "flavor": {"id": "2", "name": "m1.small", \
                "vcpus": 2, "ram": 2048, "disk": 20, "ephemeral": 0, "swap": 0}, "status": "active", "state": \
                "running", "task_state": "", "image": {"id": "70a599e0-31e7-49b7-b260-868f441e862b", "links": []}, \
                "image_ref": "70a599e0-31e7-49b7-b260-868f441e862b", "vcpus": 2, "memory_mb": 2048, "disk_gb": 20, \
                "root_gb": 20, "ephemeral_gb": 0, "architecture": "x86_64", "OS-EXT-AZ.availability_zone": "nova"}}

                """.utf8)
        }
        return Payload(
            body: body, samples: 1000, first: Timestamp(seconds: Int64(number)), last: Timestamp(seconds: Int64(number))
        )
    }
}

/// Takes everything and keeps nothing.
private final class CountingPublisher: Publisher {
    let identity = "a"
    let needsDurability = true
    let count = Watched(0)

    func payloads(for samples: [Sample]) -> [Payload] { [] }

    func deliver(_ payload: Payload) async -> Delivery {
        count.change { $0 += 1 }
        return .delivered
    }

    func split(_ payload: Payload) -> (Payload, Payload)? { nil }
}
