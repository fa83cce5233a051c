/// A fault of a guest, of libvirtd, of the disk or of the agent itself. One at a time, as some of them would make a
/// loss that the agent has announced: it cannot keep what is in memory if it dies while the disk is full.
enum HostFault: String, CaseIterable {
    case guestHangs, threeGuestsHang, guestDies, guestIsSuspended
    case daemonEnds, daemonDies, daemonHangs
    case diskIsFull
    case agentReloads, agentRestarts, agentDies

    /// Whether it ends the agent's process.
    var endsAgent: Bool { self == .agentRestarts || self == .agentDies }

    /// Has it happen for so long, and ends it.
    func happen(for length: Duration, bed: TestBed, agent: SupervisedAgent, disk: StateDisk) async throws {
        switch self {
        case .guestHangs: try await hang(["idle"], for: length, bed)
        case .threeGuestsHang: try await hang(["plain-1", "plain-2", "plain-3"], for: length, bed)
        case .guestDies:
            try await bed.call(["kill", "plain-4"])
            try await Task.sleep(for: length)
            try await bed.call(["start", "plain-4"], within: 200)
        case .guestIsSuspended:
            try await bed.call(["suspend", "fill"])
            try await Task.sleep(for: length)
            try await bed.call(["resume", "fill"])
        case .daemonEnds, .daemonDies:
            try await bed.call(["daemon-stop", self == .daemonDies ? "KILL" : "TERM"])
            try await Task.sleep(for: length)
            try await bed.call(["daemon-start"])
        case .daemonHangs:
            try await bed.call(["daemon-hang"])
            try await Task.sleep(for: length)
            try await bed.call(["daemon-unhang"])
        case .diskIsFull:
            try disk.fill()
            try await Task.sleep(for: length)
            try disk.empty()
            try await eventually("what was in memory goes to the disk", within: 90) {
                try await agent.current.payloadsInMemory() == 0
            }
        case .agentReloads: await agent.reload()
        case .agentRestarts: try await agent.restart()
        case .agentDies: try await agent.kill()
        }
    }

    private func hang(_ guests: [String], for length: Duration, _ bed: TestBed) async throws {
        for guest in guests { try await bed.call(["hang", guest]) }
        try await Task.sleep(for: length)
        for guest in guests { try await bed.call(["unhang", guest]) }
    }
}
