import TestServers
import Testing
import Transfer

@testable import Keystone

@Suite(.timeLimit(.minutes(1))) struct KeystoneSessionTests {
    @Test func sendsTheTokenAndNothingElseThatItShouldNot() async throws {
        let bench = try Bench()
        #expect(try await bench.ask().status == 200)
        let asked = try #require(bench.cloud.server.requests.last)
        #expect(asked.line == "GET /v2.1/flavors?is_public=None HTTP/1.1")
        #expect(asked.header("X-Auth-Token") == "token-1")
        #expect(asked.header("Accept") == "application/json")
        #expect(asked.header("User-Agent") == "test/1")
        let identity = try await bench.session.identity()
        #expect(identity.userID == "907c63c06d4c4dbe8f6f6d2bfefeb424" && identity.userName == "ceilometer")
        #expect(identity.projectID == "2a207d183ba640c0a8d2118d28b1f9ce" && identity.projectName == "service")
        #expect(identity.roles.contains("admin"))
        #expect(bench.cloud.tokens == 1)
    }

    @Test func manyAtOnceShareOneToken() async throws {
        let bench = try Bench()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await bench.ask().status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 20))
        #expect(bench.cloud.tokens == 1)
    }

    @Test func renewsInTheBackgroundBeforeTheEnd() async throws {
        let bench = try Bench()
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3299))
        _ = try await bench.ask()
        #expect(bench.cloud.tokens == 1)
        bench.clock.advance(by: .seconds(2))
        // The old one is good, and is used until the new one is there.
        #expect(try await bench.ask().status == 200)
        await bench.cloud.server.wait { $0.requests >= 5 }
        #expect(bench.cloud.tokens == 2)
        _ = try await bench.session.identity()
    }

    @Test func waitsForANewTokenAfterTheEnd() async throws {
        let bench = try Bench()
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3600))
        _ = try await bench.ask()
        #expect(bench.cloud.server.requests.last?.header("X-Auth-Token") == "token-2")
    }

    @Test func oneRenewalForAllWhoseTokenWasRevoked() async throws {
        let bench = try Bench()
        _ = try await bench.ask()
        bench.cloud.revokeTokens()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await bench.ask().status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 10))
        #expect(bench.cloud.tokens == 2)
    }

    @Test func aServiceThatRefusesEveryTokenCostsFewerAndFewerRenewals() async throws {
        let bench = try Bench()
        bench.cloud.service { _ in .status(401, body: Array(#"{"error": {"message": "no"}}"#.utf8)) }
        for _ in 0..<5 {
            let error = try #require(await bench.error())
            #expect(error.code == .tokenRefused && error.status == 401)
            #expect(error.url.hasSuffix("/v2.1/flavors?is_public=None"))
            #expect("\(error)".contains("keystone_authtoken"))
        }
        #expect(bench.cloud.tokens == 2)
        // A token of the second in which all were revoked is refused, too: the next one must not be long in coming.
        for (pause, tokens) in [(1, 2), (1, 3), (3, 3), (1, 4), (7, 4), (1, 5)] {
            bench.clock.advance(by: .seconds(pause))
            for _ in 0..<3 { _ = await bench.error() }
            #expect(bench.cloud.tokens == tokens)
        }
        for _ in 0..<10 {
            bench.clock.advance(by: .seconds(60))
            _ = await bench.error()
        }
        #expect(bench.cloud.tokens == 15)
        bench.cloud.service { _ in nil }
        #expect(try await bench.ask().status == 200)
        #expect(bench.cloud.tokens == 15)
    }

    @Test func otherAnswersAreTheCallersBusiness() async throws {
        let bench = try Bench()
        for status in [204, 302, 403, 404, 409, 500, 503] {
            bench.cloud.service { _ in .status(status, headers: ["Location: http://elsewhere/"]) }
            #expect(try await bench.ask().status == status)
        }
        #expect(bench.cloud.tokens == 1)
    }

    @Test func aWrongPasswordIsNotTriedAgainForAWhile() async throws {
        let bench = try Bench()
        bench.cloud.keystone { _ in
            .status(401, body: Array(#"{"error": {"message": "The request requires authentication."}}"#.utf8))
        }
        for _ in 0..<5 {
            let error = try #require(await bench.error())
            #expect(error.code == .unauthorized)
            #expect("\(error)".contains("requires authentication") && "\(error)".contains("/v3/auth/tokens: HTTP 401"))
        }
        #expect(bench.cloud.server.counts.requests == 1)
        bench.clock.advance(by: .seconds(31))
        bench.cloud.keystone(nil)
        #expect(try await bench.ask().status == 200)
    }

    @Test func noErrorRepeatsThePassword() async throws {
        let bench = try Bench { $0.method = .password(.id("u"), password: "geheim", scope: .unscoped) }
        bench.cloud.keystone { request in .status(400, body: Array(#"{"error": {"message": "geheim is bad"}}"#.utf8)) }
        let error = try #require(await bench.error())
        #expect(error.code == .badRequest)
        #expect(!"\(error)".contains("geheim") && !String(reflecting: error).contains("geheim"))
    }

    @Test func anOldTokenIsUsedWhileKeystoneIsDown() async throws {
        let bench = try Bench()
        _ = try await bench.ask()
        bench.cloud.keystone { _ in .status(503) }
        bench.clock.advance(by: .seconds(3301))
        #expect(try await bench.ask().status == 200)
        bench.clock.advance(by: .seconds(300))
        #expect(await bench.error()?.code == .unavailable)
    }

    @Test func honoursKeystonesRetryAfter() async throws {
        let bench = try Bench()
        bench.cloud.keystone { _ in .status(503, headers: ["Retry-After: 120"]) }
        #expect(await bench.error()?.code == .unavailable)
        bench.clock.advance(by: .seconds(119))
        _ = await bench.error()
        #expect(bench.cloud.server.counts.requests == 1)
        bench.clock.advance(by: .seconds(1))
        _ = await bench.error()
        #expect(bench.cloud.server.counts.requests == 2)
    }

    @Test func aHungKeystoneCostsTheTimeoutOnce() async throws {
        let bench = try Bench { $0.timeout = .seconds(1) }
        bench.cloud.keystone { _ in .hang }
        let start = ContinuousClock.now
        for _ in 0..<5 { #expect(await bench.error()?.code == .timeout) }
        #expect(ContinuousClock.now - start < .seconds(5))
        // The system connects; that the server's thread has noticed is another matter.
        await bench.cloud.server.wait { $0.connections >= 1 }
        #expect(bench.cloud.server.counts.connections == 1)
    }

    @Test func nobodyThere() async throws {
        let port = try ReservedPort()
        let session = KeystoneSession(
            .password(at: "http://127.0.0.1:\(port.number)"), transfer: Transfer(), userAgent: "t", now: { .zero })
        await #expect(throws: KeystoneError.self) { try await session.identity() }
        do throws(KeystoneError) {
            _ = try await session.identity()
        } catch {
            #expect(error.code == .unreachable)
            #expect(error.url == "http://127.0.0.1:\(port.number)/v3/auth/tokens")
        }
    }

    @Test(arguments: [
        (LoopbackAnswer.status(201, body: Array("{}".utf8)), "X-Subject-Token"),
        (.status(201, headers: ["X-Subject-Token: t"], body: Array("{\"tok".utf8)), "no JSON"),
        (.status(201, headers: ["X-Subject-Token: t"], body: Array("[]".utf8)), "a token with a user"),
        (
            .status(201, headers: ["X-Subject-Token: t"], body: Array(#"{"token": {"user": {"id": "u"}}}"#.utf8)),
            "expires_at"
        ),
        (.status(200, headers: ["X-Subject-Token: t"], body: Array("<html>".utf8)), "no JSON"),
        (.status(302, headers: ["Location: http://u:secret@elsewhere/v3"]), "http://u:***@elsewhere/v3"),
        (.status(300, body: Array(#"{"versions": {}}"#.utf8)), "redirects are not followed"),
        (.status(404), "check auth_url"), (.status(407), "check user and password in the proxy's URL"),
    ])
    func whatIsNoAnswerOfKeystonesIsToldAsSuch(answer: LoopbackAnswer, told: String) async throws {
        let bench = try Bench()
        bench.cloud.keystone { _ in answer }
        let error = try #require(await bench.error())
        #expect(error.code == .badAnswer)
        #expect("\(error)".contains(told), "\(error)")
        #expect(!"\(error)".contains("\n") && !"\(error)".contains("secret"))
    }

    /// What a server or a balancer before it cannot do now is no reason to see to the credentials.
    @Test(arguments: [408, 425, 429, 500, 503, 504])
    func whatCannotBeAnsweredNowIsAskedAgain(_ status: Int) async throws {
        let bench = try Bench()
        bench.cloud.keystone { _ in .status(status) }
        #expect(await bench.error()?.code == .unavailable)
        let error = KeystoneError(
            status: TransferResponse(status: status), url: "http://nova/", action: "no", forbidden: "no")
        #expect(error.code == .unavailable)
    }

    @Test func aTokenThatNeverEndsInItsAnswerIsCutOff() async throws {
        let bench = try Bench()
        bench.cloud.keystone { _ in
            .status(201, headers: ["X-Subject-Token: t"], body: Array(repeating: 0x20, count: 5 << 20))
        }
        #expect(await bench.error()?.code == .badAnswer)
    }

    @Test func anAnswerThatIsTooLargeIsAnError() async throws {
        let bench = try Bench()
        bench.cloud.service { _ in LoopbackCloud.json(String(repeating: "x", count: 1001)) }
        var request = ServiceRequest(.get, .init("compute"), "/flavors")
        request.maximumBodyBytes = 1000
        do throws(KeystoneError) {
            _ = try await bench.session.response(to: request)
            Issue.record("expected an error")
        } catch {
            #expect(error.code == .tooLarge)
        }
        request.maximumBodyBytes = 1001
        #expect(try await bench.session.response(to: request).body.count == 1001)
    }

    @Test func aServiceThatTheCatalogueLacksIsLookedForAgainAfterFiveMinutes() async throws {
        let bench = try Bench { $0.regionName = "Atlantis" }
        let error = try #require(await bench.error())
        #expect(error.code == .noEndpoint)
        #expect("\(error)".contains("public endpoint of type compute in region Atlantis"))
        #expect("\(error)".contains("compute: admin in RegionOne"))
        _ = await bench.error()
        #expect(bench.cloud.tokens == 1)
        bench.clock.advance(by: .seconds(300))
        _ = await bench.error()
        #expect(bench.cloud.tokens == 2)
        // Keystone itself needs no catalogue.
        #expect(try await bench.session.endpoint(of: .init("identity", version: "v3")) == bench.cloud.authURL)
    }

    @Test func whoIsCancelledIsToldSo() async throws {
        let bench = try Bench()
        _ = try await bench.ask()
        bench.cloud.service { _ in .hang }
        let task = Task { await bench.error() }
        await bench.cloud.server.wait { $0.connections >= 1 && $0.requests >= 3 }
        task.cancel()
        #expect(await task.value?.code == .cancelled)
    }
}
