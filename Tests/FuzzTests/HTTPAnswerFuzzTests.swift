import Configuration
import Fuzzing
import Outbox
import Synchronization
import Telemetry
import TestServers
import Testing
import Transfer

@testable import Publishers

/// Whatever a server sends, a delivery ends in time with what the server has really said, and in words fit for a log.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct HTTPAnswerFuzzTests {
    private static let dictionary = FuzzDictionary(
        [
            "HTTP/1.1 ", "HTTP/1.0 ", "HTTP/2 ", "HTTP/0.9 ", "HTTP/3 200\r\n", "http/1.1 200 OK",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "100", "101", "199", "200",
            "204",
            "205", "206", "299", "2000", "20", "000", "099", "304", "307", "400", "404", "413", "425", "429", "501",
            "599",
            "600", "999", "\r\n", "\r\n\r\n", "\n\n", ": ", ":", "Content-Length: ", "Content-Length: 0\r\n",
            "Content-Length: 5, 5\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: x\u{1B}\u{202E}\r\n", "Content-Encoding: gzip\r\n", "Connection: close\r\n",
            "Connection: upgrade\r\nUpgrade: h2c\r\n", "Proxy-Connection: ", "Retry-After: ", "Date: ", "Location: ",
            "Location: /", "Location: //u:p@h", "Set-Cookie: a=b\r\n", "WWW-Authenticate: Negotiate\r\n",
            "WWW-Authenticate: Digest realm=\"\r\n", "Alt-Svc: h3=\":1\"\r\n",
            "Strict-Transport-Security: max-age=1\r\n",
            "Trailer: x\r\n", "0\r\n\r\n", "ffffffffffffffff\r\n", "5;x\r\n", "-1\r\n",
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "GMT", "Feb",
            "31", "99", "The SSL certificate error", "{\"error\": \"",
        ],
        nesting: [
            ("A: b\r\n", ""), ("HTTP/1.1 100 C\r\n\r\n", ""), ("1\r\nx\r\n", "0\r\n\r\n"), ("\r\n", ""), (" x\r\n", ""),
        ])

    /// A receiver that answers with what it was given last, and a publisher that posts to it.
    private final class Bench: Sendable {
        private let answer: Held
        private let server: LoopbackServer
        private let publisher: any Publisher
        private let payload: Payload

        /// What the server answers with.
        private final class Held: Sendable {
            let bytes = Mutex<[UInt8]>([])
        }

        init() throws {
            let held = Held()
            answer = held
            server = try LoopbackServer { _ in .bytes(held.bytes.withLock { $0 }) }
            var diagnostics = Diagnostics()
            let factory = PublisherFactory(
                context: PublisherContext(
                    transfer: Transfer(threadName: "fuzz"), version: "0", telemetrySecret: Secret("")
                ) {
                    Timestamp(seconds: 784_111_777)
                })
            let url = "http://user:hunter2@127.0.0.1:\(server.port)/x?token=hunter3&timeout=20&max_retries=0"
            publisher = try #require(factory.publisher(for: url, at: nil, into: &diagnostics))
            payload = Payload(
                body: Array("[]".utf8), samples: 1, first: Timestamp(seconds: 1), last: Timestamp(seconds: 1))
        }

        deinit { server.stop() }

        func deliver(_ bytes: [UInt8]) async throws -> Trial {
            answer.bytes.withLock { $0 = bytes }
            let start = ContinuousClock.now
            let delivery = await publisher.deliver(payload)
            let duration = start.duration(to: .now)
            try demand(duration < .seconds(20), "an end before the time-out, not after \(duration)")
            try Self.check(delivery, of: AnswerGrammar(bytes).finalStatus)
            // An answer of any status is one: what is refused is what is no HTTP.
            return Trial(
                isAccepted: delivery == .delivered || delivery.reason.contains(": HTTP "),
                trait: "\(delivery.kind) \(Trial.shape(of: delivery.reason))")
        }

        /// Taken and put aside are for good: nothing but a whole header may say so.
        private static func check(_ delivery: Delivery, of status: Int?) throws {
            let isSaid =
                switch delivery {
                case .delivered: status.map { (200..<300).contains($0) } ?? false
                case .rejected: status.map { (400..<500).contains($0) } ?? false
                case .tooLarge: status == 413
                case .refused: status.map { (300..<500).contains($0) } ?? false
                case .retry: true
                case .divided: false
                }
            try demand(
                isSaid, "what the server has said (\(status.map { "\($0)" } ?? "nothing whole")), not \(delivery)")
            if case .retry(let after?, _) = delivery {
                try demand(after >= .zero && after <= .seconds(86_400), "a wish within a day, not \(after)")
            }
            guard delivery != .delivered else { return }
            let reason = delivery.reason
            try demand(reason.isOneLine && !reason.isEmpty, "a line: \(reason.debugDescription)")
            try demand(
                reason.unicodeScalars.count <= 700, "a short line, not \(reason.unicodeScalars.count): \(reason)")
            // With the digit: a server's "chunked" with a piece of "Internal" in it is a hunter, too.
            try demand(!reason.contains("hunter2") && !reason.contains("hunter3"), "no password: \(reason)")
        }
    }

    @Test func answers() async throws {
        let corpus = try Corpus.folder("http")
        let bench = try Bench()
        for input in corpus.inputs {
            let trial = try await bench.deliver(input.bytes)
            let kind = input.name.prefix { $0 != "-" }
            try demand(trial.trait.hasPrefix("\(kind) "), "\(input.name), not \(trial.trait)")
        }
        try await Fuzzer(
            "http", corpus: corpus, dictionary: Self.dictionary, budget: FuzzBudget(tries: 1000, minutes: 1.5),
            maximumSize: 400_000
        ).run { try await bench.deliver($0) }
    }

    /// The fields that are read are read without a trap, whatever they hold.
    @Test func fields() async throws {
        let corpus = try Corpus.folder("http")
        let now: Int64 = 784_111_777
        let delivery = HTTPDelivery(target: "http://h/?key=hunter2", credentials: nil)
        let payload = Payload(body: [], samples: 1, first: Timestamp(seconds: 1), last: Timestamp(seconds: 1))
        try await Fuzzer(
            "http-fields", corpus: corpus, dictionary: Self.dictionary, budget: FuzzBudget(tries: 2000, minutes: 0.5)
        ).run(accepting: 0.01) { bytes in
            let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            let values = lines.map { $0.drop { $0 != ":" }.dropFirst().drop(while: \.isWhitespace) }
            var wishes = 0
            for (index, value) in values.enumerated().prefix(20) {
                let response = TransferResponse(
                    status: [301, 400, 429, 503][index % 4],
                    headers: [
                        TransferHeader("retry-after", String(value)), TransferHeader("DATE", String(lines[index])),
                        TransferHeader("Location", String(value)),
                    ], body: bytes)
                if let wish = response.retryAfter(now: now) {
                    try demand(wish >= .zero && wish <= .seconds(86_400), "a wish within a day, not \(wish)")
                    wishes += 1
                }
                let reason = delivery.outcome(of: response, payload: payload, now: Timestamp(seconds: now)).reason
                try demand(reason.isOneLine, "a line: \(reason.debugDescription)")
                try demand(reason.unicodeScalars.count <= 700, "a short line: \(reason)")
                let line = ServerText.line(String(value))
                try demand(line.unicodeScalars.count <= 202, "at most 200 characters and …: \(line)")
                try demand(ServerText.line(line) == line, "the same again: \(line)")
            }
            return Trial(isAccepted: wishes > 0, trait: "\(wishes)")
        }
    }
}

extension Delivery {
    fileprivate var kind: String {
        switch self {
        case .delivered: "delivered"
        case .retry: "retry"
        case .refused: "refused"
        case .tooLarge: "tooLarge"
        case .divided: "divided"
        case .rejected: "rejected"
        }
    }
}
