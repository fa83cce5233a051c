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
