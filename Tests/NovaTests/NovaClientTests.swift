import Keystone
import Telemetry
import TestServers
import Testing

@testable import Nova

@Suite(.timeLimit(.minutes(1))) struct NovaClientTests {
    private func error<T>(_ work: () async throws(KeystoneError) -> T) async -> KeystoneError? {
        do throws(KeystoneError) {
            _ = try await work()
            return nil
        } catch {
            return error
        }
    }

    @Test func asksAsCeilometerDoes() async throws {
        let bench = try NovaBench()
        let list = try await bench.client.servers(host: "compute-1")
        #expect(list.servers.map(\.id) == [Recorded.third, Recorded.second, Recorded.first])
        #expect(list.malformedCount == 0 && list.serviceTime == nil)
        let request = try #require(bench.cloud.server.requests.last)
        #expect(request.header("X-OpenStack-Nova-API-Version") == "2.1")
        _ = try await bench.client.servers(host: "compute-1", changesSince: "2026-11-22T19:04:56.059812+00:00")
        _ = try await bench.client.server(id: Recorded.first)
        _ = try await bench.client.flavors()
        _ = try await bench.client.flavor(id: "f-private")
        #expect(
            bench.cloud.lines == [
                "GET /v2.1/servers/detail?all_tenants=True&host=compute-1",
                "GET /v2.1/servers/detail?all_tenants=True&changes-since=2026-11-22T19%3A04%3A56.059812%2B00%3A00&host=compute-1",
                "GET /v2.1/servers/725a19f8-419b-5f76-841e-57430106d2ef", "GET /v2.1/flavors?is_public=None",
                "GET /v2.1/flavors/f-private",
            ])
    }

    @Test func readsFlavors() async throws {
        let bench = try NovaBench()
        let flavors = try await bench.client.flavors()
        #expect(flavors.map(\.name) == ["m1.small", "m1.large", "c1.private"])
        #expect(flavors.map(\.id) == ["1", "2", "f-private"])
        let flavor = try await bench.client.flavor(id: "2")
        #expect(flavor?.name == "m1.large")
        #expect(flavor?.sizes == .init(vcpus: 4, ram: 8192, disk: 80, ephemeral: 10))
        #expect(try await bench.client.flavor(id: "gone") == nil)
        #expect(try await bench.client.server(id: "gone") == nil)
    }

    @Test func followsPagesByTheirMarkerAlone() async throws {
        let bench = try NovaBench()
        bench.cloud.service { request in
            let next = #", "servers_links": [{"rel": "next", "href": "http://wrong/?host=x&marker=M%2B1&limit=3"}]}"#
            let text = LoopbackCloud.fixture("servers")
            guard request.line.contains("marker=M%2B1") else {
                return LoopbackCloud.json(
                    String(text.prefix(through: text.lastIndex(of: "]") ?? text.startIndex)) + next)
            }
            return LoopbackCloud.json(
                text.replacing(Recorded.first, with: "a").replacing(Recorded.second, with: "b"))
        }
        let list = try await bench.client.servers(host: "compute-1")
        #expect(list.servers.count == 6)
        #expect(
            bench.cloud.lines == [
                "GET /v2.1/servers/detail?all_tenants=True&host=compute-1",
                "GET /v2.1/servers/detail?all_tenants=True&host=compute-1&marker=M%2B1",
            ])
    }

    @Test func aListWithoutEndIsAnError() async throws {
        let bench = try NovaBench()
        bench.cloud.service { request in
            LoopbackCloud.json(
                #"{"flavors": [{"id": "1", "name": "x"}], "flavors_links": [{"rel": "next", "href": "?marker=1"}]}"#)
        }
        #expect(await error { () async throws(KeystoneError) in try await bench.client.flavors() }?.code == .badAnswer)
        #expect(bench.cloud.lines.count == 2)
        bench.cloud.service { request in
            let marker = request.line.count
            return LoopbackCloud.json(
                #"{"flavors": [{"id": "1", "name": "x"}], "flavors_links": [{"rel": "next", "href": "?marker=1\#(String(repeating: "1", count: marker))"}]}"#
            )
        }
        #expect(await error { () async throws(KeystoneError) in try await bench.client.flavors() }?.code == .tooLarge)
        #expect(bench.cloud.lines.count == 2 + NovaClient.maximumPages)
    }

    @Test func aMalformedServerCostsItselfAlone() async throws {
        let bench = try NovaBench()
        bench.cloud.service { _ in NovaBench.servers("\"id\": \"f-private\"", "\"id\": 7") }
        let list = try await bench.client.servers(host: "compute-1")
        #expect(list.servers.map(\.id) == [Recorded.second, Recorded.first])
        #expect(list.malformed == ["server \(Recorded.third): expected a flavor with an id"])
    }

    @Test(arguments: [
        (LoopbackAnswer.status(503, body: Array("<html>503</html>".utf8)), KeystoneError.Code.unavailable),
        (
            .status(
                403,
                body: Array(#"{"forbidden": {"message": "Policy doesn't allow os_compute_api", "code": 403}}"#.utf8)),
            .forbidden
        ),
        (.status(404), .notFound), (.status(400), .badRequest), (.status(302), .badAnswer),
        (.status(200, body: Array("{\"servers\": [{\"id\"".utf8)), .badAnswer),
        (.status(200, body: Array("{\"servers\": {}}".utf8)), .badAnswer),
        (.status(200, body: Array("<html>".utf8)), .badAnswer), (.status(200), .badAnswer),
        (.reset, .unreachable), (.hang, .timeout), (.stall(Array("HTTP/1.1 200 OK\r\n".utf8)), .timeout),
    ])
    func faults(answer: LoopbackAnswer, code: KeystoneError.Code) async throws {
        // The token must be had within it, too.
        let bench = try NovaBench(timeout: .seconds(code == .timeout ? 2 : 50))
        bench.cloud.service { _ in answer }
        let error = await error { () async throws(KeystoneError) in try await bench.client.servers(host: "compute-1") }
        #expect(error?.code == code)
        #expect(error?.url.contains("/servers/detail?all_tenants=True&host=compute-1") == true)
    }

    @Test func errorsSayWhatNovaSays() async throws {
        let bench = try NovaBench()
        bench.cloud.service { _ in
            .status(
                403,
                body: Array(
                    #"{"forbidden": {"message": "Policy doesn't allow it\nto be performed.", "code": 403}}"#.utf8))
        }
        let error = await error { () async throws(KeystoneError) in try await bench.client.server(id: "x") }
        let text = "\(try #require(error))"
        #expect(
            text.contains("HTTP 403") && text.contains(#"Policy doesn't allow it\nto be performed."#)
                && text.contains("role"))
        #expect(!text.contains("\n"))
    }
}
