import Foundation
import Glibc
import TestServers
import Testing

/// Faults around the one thread of all transfers: what does not answer must delay nobody else, nor the end.
@Suite(.serialized) struct TransferFaultTests {
    private static let host = RecordedHost(
        domains: [("6e7d0001-0000-4000-8000-00000000000a", "m1")], user: "u", project: "p")

    /// An agent that polls a recording each second, and posts to `healthy` and to `others`.
    private func agent(
        _ healthy: FaultyCollector, _ others: [String], environment: [String: String] = [:], in folder: TemporaryFolder
    ) async throws -> RunningAgent {
        let recording = try Self.host.write(to: folder, host: "test-host")
        return try await RunningAgent(
            uri: "test:///default", url: healthy.url(), others: others, meters: "vcpus",
            arguments: ["--replay", recording], environment: environment, in: folder)
    }

    /// Waits for so many more payloads, each of a poll.
    private func takes(_ count: Int, _ collector: FaultyCollector) async throws {
        let before = collector.taken.count
        try await eventually("\(count) more payloads arrive at the receiver that is well", within: 60) {
            collector.taken.count >= before + count
        }
    }

    private func logs(_ agent: RunningAgent, _ text: String) async throws {
        try await eventually("the log tells: \(text)", within: 60) { try agent.log.contains(text) }
    }

    /// Ends it, for which five seconds are promised; more is allowed to a machine that is busy.
    private func ends(_ agent: RunningAgent) async throws {
        let end = try await agent.stop()
        #expect(end.status == 0)
        #expect(end.seconds < 8)
    }

    private func threads(_ agent: RunningAgent, named names: Set<String>) throws -> Int {
        let tasks = "/proc/\(agent.identifier)/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).count { id in
            let name = FileManager.default.contents(atPath: "\(tasks)/\(id)/comm").map {
                String(decoding: $0, as: UTF8.self)
            }
            return name.map { names.contains($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? false
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func aNameThatDoesNotResolve() async throws {
        let faults = try await HostFaults()
        let folder = try TemporaryFolder()
        let healthy = try FaultyCollector()
        try faults.begin(.resolver, "collector.example")
        let other = "http://collector.example:8088/v1?timeout=1&max_retries=2"
        let agent = try await agent(healthy, [other], environment: faults.environment, in: folder)
        try await logs(agent, "collector.example")
        try await takes(8, healthy)
        // libcurl's threads that were left behind, the one that looks whether the name servers are back, and the loop.
        #expect(try threads(agent, named: ["transfer", "resolver"]) <= 5)
        try await ends(agent)

        // And once more from the beginning of a look-up.
        let again = try await self.agent(healthy, [other], environment: faults.environment, in: folder)
        try await takes(1, healthy)
        try await ends(again)
    }

    /// Each reload gives up a request; its look-up stays behind, and must not do so once for each.
    @Test(.timeLimit(.minutes(4)))
    func reloadsWhileANameDoesNotResolve() async throws {
        let faults = try await HostFaults()
        let folder = try TemporaryFolder()
        let healthy = try FaultyCollector()
        try faults.begin(.resolver, "collector.example")
        let other = "http://collector.example:8088/v1?timeout=600&max_retries=0"
        let agent = try await agent(healthy, [other], environment: faults.environment, in: folder)
        for _ in 0..<6 {
            try await takes(3, healthy)
            agent.signal(SIGHUP)
        }
        try await takes(3, healthy)
        #expect(try threads(agent, named: ["transfer", "resolver"]) <= 4)
        try await ends(agent)
    }

    @Test(.timeLimit(.minutes(4)))
    func aMountThatHangs() async throws {
        let faults = try await HostFaults()
        let folder = try TemporaryFolder()
        let (healthy, secure) = (try FaultyCollector(), try FaultyCollector())
        let authority = try CertificateAuthority()
        try authority.issue("server")
        try authority.issue("client")
        let nginx = try Nginx([
            .init(
                "server", of: authority, clientAuthority: authority.path("ca.pem"),
                action: "proxy_pass http://127.0.0.1:\(secure.port);")
        ])
        defer { nginx.stop() }
        let mount = folder.path("mount")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        for name in ["ca.pem", "client.pem", "client.key"] {
            try FileManager.default.copyItem(atPath: authority.path(name), toPath: "\(mount)/\(name)")
        }
        let url = nginx.url(
            0,
            "/v1?timeout=1&verify_ssl=\(mount)/ca.pem&clientcert=\(mount)/client.pem&clientkey=\(mount)/client.key")
        let agent = try await agent(healthy, [url], environment: faults.environment, in: folder)
        try await takes(2, secure)
        try faults.begin(.mount, mount)
        try await logs(agent, "the disk or mount does not answer")
        try await takes(5, healthy)
        #expect(try threads(agent, named: ["tls-files"]) <= 1)
        try faults.end(.mount)
        let expected = healthy.takenIDs
        try await eventually("what waited arrives once the mount is back", within: 60) {
            expected.isSubset(of: secure.takenIDs)
        }
        try faults.begin(.mount, mount)
        try await takes(2, healthy)
        try await ends(agent)
    }

    /// A file that turns into a FIFO while the agent runs, and `check` of one.
    @Test(.timeLimit(.minutes(4)))
    func aFIFOInThePlaceOfACertificate() async throws {
        let folder = try TemporaryFolder()
        let healthy = try FaultyCollector()
        let secure = try FaultyCollector()
        let authority = try CertificateAuthority()
        try authority.issue("server")
        let nginx = try Nginx([
            .init("server", of: authority, action: "proxy_pass http://127.0.0.1:\(secure.port);")
        ])
        defer { nginx.stop() }
        let path = folder.path("ca.pem")
        try FileManager.default.copyItem(atPath: authority.path("ca.pem"), toPath: path)
        let agent = try await agent(healthy, [nginx.url(0, "/v1?timeout=1&verify_ssl=\(path)")], in: folder)
        try await takes(1, secure)
        try FileManager.default.removeItem(atPath: path)
        try #require(mkfifo(path, 0o600) == 0)
        try await logs(agent, "is no regular file")
        try await takes(5, healthy)
        try await ends(agent)
        let check = try await run(try TestBed.aerostat, ["check", "--config-file", folder.path("ceilometer.conf")])
        #expect(check.status != 0)
        #expect(check.errors.contains("verify_ssl=\(path) is no regular file"))
    }

    @Test(.timeLimit(.minutes(4)))
    func threeHundredReceiversThatHang() async throws {
        let folder = try TemporaryFolder()
        let healthy = try FaultyCollector()
        let hanging = try LoopbackServer { _ in .hang }
        defer { hanging.stop() }
        let others = (0..<300).map { hanging.url("/\($0)?timeout=600") }
        let agent = try await agent(healthy, others, in: folder)
        await hanging.wait { $0.requests >= 256 }
        try await takes(5, healthy)
        await hanging.wait { $0.requests >= 300 }
        try await takes(2, healthy)
        try await ends(agent)
    }

    /// A receiver that answers 2xx and never ends its body has taken the samples: they come once.
    @Test(.timeLimit(.minutes(4)))
    func aBodyWithoutAnEnd() async throws {
        let folder = try TemporaryFolder()
        let healthy = try FaultyCollector()
        healthy.begin { _, _ in
            .takesAnswering(
                .stall(Array("HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n".utf8)))
        }
        let agent = try await agent(healthy, [], in: folder)
        try await takes(4, healthy)
        try await ends(agent)
        let samples = healthy.taken.flatMap(\.samples)
        #expect(Set(samples).count == samples.count)
    }

    @Test(.timeLimit(.minutes(4)))
    func checkOnlineTriesEachReceiver() async throws {
        let folder = try TemporaryFolder()
        let healthy = try FaultyCollector()
        let (nobody, proxy) = (try ReservedPort(), try ReservedPort())
        try RunningAgent.configure(
            folder, uri: "test:///default", url: healthy.url(), others: ["http://127.0.0.1:\(nobody.number)/v1"])
        let arguments = ["check", "--online", "--config-file", folder.path("ceilometer.conf")]
        let plain = try await run(try TestBed.aerostat, arguments)
        #expect(plain.output.contains("to an OPTIONS request; no samples were sent"))
        #expect((plain.output + plain.errors).contains("check that the server runs"))
        #expect(plain.status != 0)
        #expect(healthy.requests.isEmpty)
        let environment = ["http_proxy": "http://user:hunter2@127.0.0.1:\(proxy.number)"]
        let proxied = try await run(try TestBed.aerostat, arguments, environment: environment)
        let told = proxied.output + proxied.errors
        #expect(told.contains("proxy http://user:***@127.0.0.1:\(proxy.number) (http_proxy)"))
        #expect(!told.contains("hunter2"))
    }
}
