import Foundation
import Glibc

/// An agent that is started again whenever it ends, as under systemd, and whose footprint is noted in each life.
actor SupervisedAgent {
    /// From a start of the process to its end.
    struct Life {
        let start: ContinuousClock.Instant
        var footprints: [Footprint] = []
    }

    private let begin: @Sendable () async throws -> RunningAgent
    private let directory: String
    private(set) var current: RunningAgent
    private(set) var lives = [Life(start: .now)]
    /// Ends that nobody asked for, with their status.
    private(set) var ownEnds: [Int32] = []
    /// Reloads, which break off a delivery as an end does.
    private(set) var reloads = 0
    private var isChanging = false

    /// Starts the first life; `directory` is the agent's state.
    init(directory: String, _ begin: @escaping @Sendable () async throws -> RunningAgent) async throws {
        self.begin = begin
        self.directory = directory
        current = try await begin()
    }

    /// SIGKILL, and a new start.
    func kill() async throws {
        try await changing {
            try await current.die()
        }
    }

    /// SIGTERM, and a new start.
    func restart() async throws {
        try await changing {
            let end = try await current.stop()
            guard end.status == 0 else { throw CommandError(description: "SIGTERM ended it with \(end.status)") }
        }
    }

    /// SIGHUP.
    func reload() {
        reloads += 1
        current.signal(SIGHUP)
    }

    /// Notes the footprint, or starts it again if it has ended by itself.
    func look() async throws {
        guard !isChanging else { return }
        if let status = current.exitStatus {
            ownEnds.append(status)
            try await changing {}
        } else if let footprint = try Footprint(of: current.identifier, directory: directory) {
            lives[lives.count - 1].footprints.append(footprint)
        }
    }

    private func changing(_ end: () async throws -> Void) async throws {
        isChanging = true
        defer { isChanging = false }
        try await end()
        current = try await begin()
        lives.append(Life(start: .now))
    }
}
