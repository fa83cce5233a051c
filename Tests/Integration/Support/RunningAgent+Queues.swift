import Foundation
import FoundationNetworking
import Testing

extension RunningAgent {
    /// How many payloads wait for publishers of that scheme; -1 while the agent does not answer.
    func waitingPayloads(_ scheme: String) async throws -> Int {
        do {
            return try await status().queues.filter { $0.publisher.hasPrefix(scheme) }.map(\.waiting_payloads)
                .reduce(0, +)
        } catch is URLError {
            return -1
        }
    }

    /// Waits for so many polls from now.
    func polls(_ count: Int) async throws {
        try await eventually("the agent has polled", within: 20) { try await polled() > 0 }
        let start = try await polled()
        try await eventually("\(count) polls", within: Double(count) * 3 + 20) { try await polled() >= start + count }
    }

    /// Waits until nothing waits for publishers of that scheme, and prints how long that took after a fault.
    func drains(_ scheme: String, after fault: String) async throws {
        try await eventually("the agent has polled", within: 20) { try await polled() > 0 }
        let began = ContinuousClock.now
        try await eventually("everything is delivered after \(fault)", within: 150) {
            try await waitingPayloads(scheme) == 0
        }
        print("FAULT \(scheme): \(fault): recovered after \((ContinuousClock.now - began) / .seconds(1)) s")
    }

    /// Ends it, and tells whether it left payloads for the next start: those of a cycle that came right before the end, as a
    /// slow machine may not deliver them in the time that an end has.
    func leavesPayloads() async throws -> Bool {
        let left = "kept for the next start"
        let before = try lines(left).count
        #expect(try await stop().status == 0)
        return try lines(left).count > before
    }

    /// What was put aside or dropped, by any publisher.
    func losses() async throws -> Int {
        try await status().queues.map { $0.quarantined_payloads + $0.dropped_samples }.reduce(0, +)
    }
}
