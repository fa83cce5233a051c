import Outbox
import Testing
import Transfer

@testable import Publishers

@Suite struct GnocchiErrorTests {
    private func response(_ status: Int, _ body: String) -> TransferResponse {
        TransferResponse(status: status, body: Array(body.utf8))
    }

    /// What the server's own answers mean.
    @Test(arguments: [
        ("Accept: */*", "settled"), ("Accept: application/json", "unknown 6f3b1c52-5d0e-4a8e-9b1e-0d6a3a1cffff"),
        ("no content type", "settled"), ("bad JSON", "unacceptable"), ("slash in id", "culprit a/b all"),
        ("unknown metric, create_metrics absent", "unacceptable"), ("unknown archive policy", "policy nope"),
        ("no archive policy, no rule matches", "taken"), ("unit too long", "settled"),
        ("metric with a slash in its name", "unacceptable"), ("empty measures list", "taken"),
        ("create existing", "settled"), ("unknown resource type", "settled"), ("gzip request body", "unacceptable"),
    ])
    func verdicts(_ request: String, _ expected: String) throws {
        let answer = try #require(try GnocchiGolden().answers[request])
        let response = TransferResponse(status: answer.status, body: answer.body)
        let verdict = GnocchiVerdict(
            response, error: GnocchiError(response),
            outcome: (200..<300).contains(answer.status) ? .delivered : .rejected(reason: "r"))
        let words =
            switch verdict {
            case .taken: "taken"
            case .unknownResources(let ids): "unknown \(ids.joined(separator: " "))"
            case .culprit(let resource, let metric): "culprit \(resource) \(metric ?? "all")"
            case .missingPolicy(let name): "policy \(name)"
            case .unacceptable: "unacceptable"
            case .settled(let delivery): delivery == .refused(reason: "r") ? "settled" : "\(delivery)"
            }
        #expect(words == expected)
    }

    @Test func namesTheCulprit() throws {
        let text = """
            {"code": 400, "title": "Bad Request", "description": {"cause": "Invalid input", "reason": "unexpected measures \
            value @ data['r']['memory.usage']['measures']", "detail": ["r", "memory.usage", "measures", 3, null, {}]}}
            """
        let error = try #require(GnocchiError(response(400, text)))
        #expect(error.path == ["r", "memory.usage", "measures"])
        #expect(
            GnocchiVerdict(response(400, text), error: error, outcome: .rejected(reason: ""))
                == .culprit(resource: "r", metric: "memory.usage"))
    }

    @Test func othersErrorsAreNotGnocchis() {
        #expect(GnocchiError(response(400, "<html>400</html>")) == nil)
        #expect(GnocchiError(response(400, "{}")) == nil)
        #expect(GnocchiError(response(400, "{\"code\": 404}")) == nil)
        #expect(GnocchiError(response(400, "{\"code\": 400, \"description\": [1]}")) == nil)
        #expect(
            GnocchiError(TransferResponse(status: 400, body: Array("{\"code\": 400}".utf8), isTruncated: true)) == nil)
        #expect(GnocchiError(response(404, "{\"code\": 404, \"description\": null}"))?.reason == "")
    }
}
