import Outbox
import Telemetry
import Testing
import Transfer

@testable import Publishers

private let someone = BasicCredentials(user: "agent", password: "correct horse")

struct HTTPDeliveryTests {
    private let delivery = HTTPDelivery(target: "http://h/x?token=hunter2", credentials: someone)
    private let payload = Payload(
        body: [0x5B, 0x5D], samples: 2, first: Timestamp(seconds: 0), last: Timestamp(seconds: 0))

    private func outcome(
        _ status: Int, headers: [TransferHeader] = [], body: String = "", credentials: Bool = true
    ) -> Delivery {
        let response = TransferResponse(status: status, headers: headers, body: Array(body.utf8))
        return HTTPDelivery(target: "http://h/x?token=hunter2", credentials: credentials ? someone : nil)
            .outcome(of: response, payload: payload, now: Timestamp(seconds: 0))
    }

    @Test(arguments: [
        (200, "delivered"), (201, "delivered"), (202, "delivered"), (204, "delivered"), (299, "delivered"),
        (300, "refused"), (301, "refused"), (304, "refused"), (308, "refused"),
        (400, "rejected"), (401, "refused"), (402, "rejected"), (403, "refused"), (404, "refused"), (405, "refused"),
        (410, "refused"),
        (407, "refused"), (408, "retry"), (409, "rejected"), (413, "tooLarge"), (415, "refused"), (422, "rejected"),
        (425, "retry"), (429, "retry"), (431, "rejected"), (499, "rejected"), (500, "retry"), (501, "retry"),
        (502, "retry"), (503, "retry"), (504, "retry"), (511, "retry"), (599, "retry"),
    ])
    func statuses(_ status: Int, _ kind: String) {
        let outcome = outcome(status, body: "why")
        #expect(outcome.kind == kind)
        guard kind != "delivered" else { return }
        #expect(outcome.reason.hasPrefix("POST http://h/x?token=***: HTTP \(status): "))
        #expect(outcome.reason.contains(": why") == (status / 100 != 3))
    }

    @Test func excerptIsShortAndOneLine() {
        let body = "<html>\r\n\t<b>no\u{0}</b>\u{1B}[31m" + String(repeating: "é ", count: 5000)
        let reason = outcome(400, body: body).reason
        #expect(reason.contains("<html> <b>no </b> [31m"))
        #expect(reason.count < 400)
        #expect(reason.hasSuffix("…"))
        #expect(reason.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        let bytes = TransferResponse(status: 400, body: [0xFF, 0xC3])
        let mask = SecretMask(credentials: nil, url: "")
        #expect(ServerText.excerpt(bytes, hiding: mask) == ": \u{FFFD}\u{FFFD}")
        #expect(ServerText.excerpt(TransferResponse(status: 400), hiding: mask).isEmpty)
    }

    @Test func whatAServerEchoesShowsNoSecret() {
        let filler = String(repeating: "x", count: 190)
        for said in [
            "token=hunter2 is unknown", "Authorization: Basic YWdlbnQ6Y29ycmVjdCBob3JzZQ==", "no 'correct horse' here",
            filler + "hunter2", filler + "correct horse",
        ] {
            let reason = outcome(400, body: said).reason
            for secret in ["hunter2", "YWdlbnQ6", "correct", "horse"] { #expect(!reason.contains(secret), "\(said)") }
            #expect(reason.contains("***"))
        }
        let location = TransferHeader("location", "//u:hunter2@new/?token=hunter2")
        #expect(outcome(301, headers: [location]).reason.contains("//u:***@new/?token=***"))
    }

    /// A server shows a parameter decoded, and a proxy shows what it got.
    @Test func aSecretIsHiddenAsItIsReadAndThatOfAProxy() {
        let mask = SecretMask(credentials: nil, url: "http://h/?token=hunter%2B2&key=three+four") { name in
            name == "https_proxy" ? "http://agent:correct%20horse@proxy:3128/" : nil
        }
        #expect(mask.masked("hunter+2, hunter%2B2, three four") == "***, ***, ***")
        let echo = "Proxy-Authorization: Basic YWdlbnQ6Y29ycmVjdCBob3JzZQ== (correct horse)"
        #expect(mask.masked(echo) == "Proxy-Authorization: Basic *** (***)")
    }

    @Test func redirectNamesTheNewPlace() {
        let location = TransferHeader("location", "https://u:hunter2@new/x\u{1B}y")
        let reason = outcome(301, headers: [location]).reason
        #expect(reason.contains("https://u:***@new/x y"))
        #expect(outcome(302).reason.contains("without saying where"))
    }

    @Test func retryAfter() {
        let headers = [TransferHeader("Retry-After", "30")]
        for status in [408, 425, 429, 500, 503] {
            guard case .retry(let after, _) = outcome(status, headers: headers) else {
                Issue.record("\(status) is no retry")
                continue
            }
            #expect(after == .seconds(30))
        }
        guard case .retry(nil, _) = outcome(503) else {
            Issue.record("a wish from nowhere")
            return
        }
    }

    @Test func adviceForWhoHasNoCredentials() {
        #expect(outcome(401, credentials: false).reason.contains("give user and password"))
        #expect(outcome(401).reason.contains("check user and password"))
    }

    @Test(arguments: [
        (TransferError.Code.resolve, false), (.connect, false), (.tls, false), (.timeout, true), (.sendReceive, true),
        (.cancelled, false), (.overloaded, false), (.other, false), (.badURL, false),
    ])
    func withoutAnAnswerThePayloadIsKept(_ code: TransferError.Code, _ wasSent: Bool) {
        let error = TransferError(code, url: "http://h/x?token=hunter2", detail: "it failed", wasSent: wasSent)
        let outcome = delivery.outcome(of: error)
        #expect(outcome.kind == "retry")
        #expect(outcome.reason.hasPrefix("POST http://h/x?token=***: it failed; "))
    }

    @Test(arguments: [
        (TransferError.Code.resolve, false, true), (.connect, false, true), (.timeout, false, true),
        (.timeout, true, false), (.sendReceive, true, false), (.cancelled, false, false), (.overloaded, false, false),
    ])
    func repetition(_ code: TransferError.Code, _ wasSent: Bool, _ isWorthIt: Bool) {
        let error = TransferError(code, url: "http://h/", detail: "", wasSent: wasSent)
        #expect(HTTPDelivery.isWorthRepeatingAtOnce(error) == isWorthIt)
    }

    @Test func aWrongCertificateStaysWrong() {
        for problem in [TLSProblem.expired(.server), .untrustedIssuer, .wrongHostName, .unusableClientCertificate] {
            let error = TransferError(.tls, url: "https://h/", detail: "", tlsProblem: problem)
            #expect(!HTTPDelivery.isWorthRepeatingAtOnce(error))
        }
    }
}
