import Foundation
import Glibc
import TestServers
import Testing

/// What clients of the status page can do to the agent as a process: nothing to its polls, its deliveries and its end.
@Suite(.timeLimit(.minutes(4))) struct StatusClientTests {
    /// An agent that polls a recording of so many domains.
    private static func agent(
        _ receiver: SampleReceiver, domains: Int = 2, interval: Int = 1, meters: String = "vcpus"
    ) async throws -> RunningAgent {
        let folder = try TemporaryFolder()
        let host = RecordedHost(
            domains: (0..<domains).map { (String(format: "6e7d%04x-0000-4000-8000-000000000001", $0), "small") },
            user: "u", project: "p")
        let recording = try host.write(to: folder, host: "test-host")
        let agent = try await RunningAgent(
            uri: "test:///default", url: receiver.url, interval: interval, meters: meters,
            arguments: ["--replay", recording], in: folder)
        try await eventually("samples arrive and the page answers", within: 60) {
            guard !receiver.bodies.isEmpty else { return false }
            return await agent.health() != nil
        }
        return agent
    }

    /// Polls and deliveries go on: so many payloads more arrive.
    private static func goesOn(_ receiver: SampleReceiver, payloads: Int = 2) async throws {
        let before = receiver.bodies.count
        try await eventually("\(payloads) more payloads arrive", within: 120) {
            receiver.bodies.count >= before + payloads
        }
    }

    /// The page answers, and all is well: not at once, as a slow host may miss a tick.
    private static func isHealthy(_ agent: RunningAgent) async throws {
        try await eventually("the page says that all is well", within: 60) { await agent.health() == 200 }
    }

    /// CPU time of the process, in seconds.
    private static func cpu(_ agent: RunningAgent) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(agent.identifier)/stat", encoding: .utf8)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return (Double(fields[12]) ?? 0) / 100 + (Double(fields[13]) ?? 0) / 100
    }

    private static func descriptors(_ agent: RunningAgent) throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(agent.identifier)/fd").compactMap { Int($0) }
    }

    /// The agent may open no descriptor of this number or above.
    private static func limit(_ agent: RunningAgent, descriptors: Int) async throws {
        let command = try await run(
            "/usr/bin/env", ["prlimit", "--pid", "\(agent.identifier)", "--nofile=\(descriptors):4096"])
        try #require(command.status == 0, "\(command.errors)")
    }

    @Test func aHeaderLineWithoutEnd() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await Self.agent(receiver)
        let line = "GET /health HTTP/1.1\r\nX: " + String(repeating: "a", count: 2 * 1024 * 1024)
        // Which thread the old server worked on was a matter of luck.
        var clients: [RawConnection] = []
        for _ in 0..<8 {
            let client = try RawConnection(port: agent.statusPort, within: 5)
            client.send(line)
            clients.append(client)
        }
        let began = try Self.cpu(agent)
        let start = ContinuousClock.now
        try await Self.goesOn(receiver, payloads: 3)
        try await Self.isHealthy(agent)
        // Not busy with them: that would be all of a core.
        #expect(try Self.cpu(agent) - began < (ContinuousClock.now - start) / .seconds(1) / 2)
        #expect(clients[0].text().hasPrefix("HTTP/1.1 431 "))
        let end = try await agent.stop()
        #expect(end.status == 0)
        #expect(end.seconds < 5)
        await receiver.stop()
    }

    @Test func moreConnectionsThanDescriptors() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await Self.agent(receiver)
        let open = try Self.descriptors(agent)
        try await Self.limit(agent, descriptors: (open.max() ?? 0) + 9)
        var clients: [RawConnection] = []
        for _ in 0..<40 { clients.append(try RawConnection(port: agent.statusPort, within: 5)) }
        // A delivery that needs a new connection waits until the page's idle ones are closed.
        try await Self.goesOn(receiver)
        clients = []
        try await Self.isHealthy(agent)
        let end = try await agent.stop()
        #expect(end.status == 0)
        #expect(end.seconds < 5)
        await receiver.stop()
    }

    /// Of a process without a descriptor to spare, a client waits, and costs nothing while it does.
    @Test func noDescriptorAtAll() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await Self.agent(receiver)
        let open = Set(try Self.descriptors(agent))
        try await Self.limit(agent, descriptors: (0...).first { !open.contains($0) } ?? 0)
        let client = try RawConnection(port: agent.statusPort, within: 60)
        client.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        let began = try Self.cpu(agent)
        let start = ContinuousClock.now
        try await Self.goesOn(receiver, payloads: 3)
        #expect(try Self.cpu(agent) - began < (ContinuousClock.now - start) / .seconds(1) / 2)
        try await Self.limit(agent, descriptors: 1024)
        #expect(client.text().hasPrefix("HTTP/1.1 200 "))
        try await agent.stop()
        await receiver.stop()
    }

    @Test func eightHundredIdleConnections() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await Self.agent(receiver)
        let before = try Self.descriptors(agent).count
        var clients: [RawConnection] = []
        for _ in 0..<800 { clients.append(try RawConnection(port: agent.statusPort, within: 5)) }
        try await Self.isHealthy(agent)
        try await Self.goesOn(receiver)
        // The agent closes them by itself; they are still open on this side.
        try await eventually("their descriptors are given back", within: 60) {
            try Self.descriptors(agent).count <= before + 2
        }
        #expect(clients.count == 800)
        let end = try await agent.stop()
        #expect(end.seconds < 5)
        await receiver.stop()
    }

    /// The answer takes megabytes; some take nothing of it, and others ask again and again.
    @Test func fiveThousandInstances() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await Self.agent(receiver, domains: 5000, interval: 5, meters: "\"*\"")
        let port = agent.statusPort
        let request = "GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        #expect(try await RawConnection.answer(port: port, request, within: 60).utf8.count > 5_000_000)
        var slow: [RawConnection] = []
        for _ in 0..<20 {
            let client = try RawConnection(port: port, within: 60, receiveBuffer: 4096)
            client.send(request)
            slow.append(client)
        }
        let asking = (0..<24).map { _ in
            Task {
                while !Task.isCancelled {
                    do { _ = try await RawConnection.answer(port: port, request, within: 60) } catch { return }
                }
            }
        }
        defer { for task in asking { task.cancel() } }
        try await Self.goesOn(receiver)
        let end = try await agent.stop()
        #expect(end.status == 0)
        // With room for a poll of 5,000 domains on a slow host.
        #expect(end.seconds < 10)
        for task in asking { await task.value }
        await receiver.stop()
    }

    /// Dispatch's pool has a process wake once a second from its first thread on.
    @Test func requestsNeedNoPool() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await Self.agent(receiver)
        for _ in 0..<20 { _ = try await agent.page() }
        try await Self.goesOn(receiver)
        let tasks = "/proc/\(agent.identifier)/task"
        let names = try FileManager.default.contentsOfDirectory(atPath: tasks).map {
            try String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8)
        }
        #expect(names.contains("MHD-single\n"), "\(names)")
        #expect(!names.contains { $0.hasSuffix("default-qos\n") }, "\(names)")
        try await agent.stop()
        await receiver.stop()
    }

    /// A reload outlives hostile clients as the agent does: the address is given up and taken anew.
    @Test func anotherAddressBesideSlowClients() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await Self.agent(receiver)
        var clients: [RawConnection] = []
        for _ in 0..<20 {
            let client = try RawConnection(port: agent.statusPort, within: 5)
            client.send("GET /status HTTP/1.1\r\nX-Never")
            clients.append(client)
        }
        let path = agent.folder.path("ceilometer.conf")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try agent.folder.write(
            "ceilometer.conf", text.replacing("status_listen = 127.0.0.1:", with: "status_listen = 0.0.0.0:"))
        agent.signal(SIGHUP)
        try await eventually("the page is at the new address", within: 30) {
            try agent.log.contains("at=0.0.0.0:\(agent.statusPort)")
        }
        try await Self.goesOn(receiver)
        try await Self.isHealthy(agent)
        #expect(clients[0].text().isEmpty)
        let end = try await agent.stop()
        #expect(end.status == 0)
        await receiver.stop()
    }
}
