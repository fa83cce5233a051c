import FlyingFox
import FoundationEssentials

/// Answers a POST of samples on any path: 200 once they are taken, 400 with a line that says what is wrong with them.
struct SampleReceiver: HTTPHandler {
    let collector: Collector
    /// Where the samples are appended to, one a line.
    var journal: Descriptor?
    /// The largest body in bytes; a thousand samples take about two million.
    var largest = 64 * 1024 * 1024

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard request.method == .POST else {
            return answer(HTTPStatusCode(405, phrase: "Method Not Allowed"), "POST a JSON array of samples here")
        }
        var body: [UInt8] = []
        for try await part in request.bodySequence {
            body.append(contentsOf: part)
            guard body.count <= largest else {
                return answer(
                    HTTPStatusCode(413, phrase: "Content Too Large"), "the body is larger than \(largest) bytes")
            }
        }
        do {
            let parsed = try SampleBody(body)
            try await journal?.write(parsed.lines)
            await collector.take(parsed.samples)
            return answer(.ok, "\(parsed.samples.count) samples taken")
        } catch let error as MalformedBody {
            return answer(.badRequest, error.description)
        } catch let error as SystemError {
            return answer(HTTPStatusCode(507, phrase: "Insufficient Storage"), error.description)
        }
    }

    private func answer(_ code: HTTPStatusCode, _ line: String) -> HTTPResponse {
        HTTPResponse(
            statusCode: code, headers: [.contentType: "text/plain; charset=utf-8"], body: Data("\(line)\n".utf8))
    }
}
