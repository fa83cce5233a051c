import CLibcurl
import Testing

@testable import Transfer

struct TransferFailureTests {
    @Test(arguments: [
        (CURLE_URL_MALFORMAT, TransferError.Code.badURL), (CURLE_UNSUPPORTED_PROTOCOL, .badURL),
        (CURLE_COULDNT_RESOLVE_HOST, .resolve), (CURLE_COULDNT_RESOLVE_PROXY, .resolve),
        (CURLE_COULDNT_CONNECT, .connect), (CURLE_OPERATION_TIMEDOUT, .timeout), (CURLE_GOT_NOTHING, .sendReceive),
        (CURLE_RECV_ERROR, .sendReceive), (CURLE_SEND_ERROR, .sendReceive), (CURLE_PARTIAL_FILE, .sendReceive),
        (CURLE_OUT_OF_MEMORY, .other),
    ])
    func codes(_ result: CURLcode, _ code: TransferError.Code) {
        let failure = TransferFailure(result, detail: "text", verification: 0)
        #expect(failure.code == code)
        #expect(failure.problem == nil)
    }

    @Test(arguments: [
        (10, TLSProblem.expired(nil)), (9, .notYetValid(nil)), (18, .untrustedIssuer), (19, .untrustedIssuer),
        (20, .untrustedIssuer), (21, .untrustedIssuer), (62, .wrongHostName), (23, .invalidCertificate),
        (0, .invalidCertificate),
    ])
    func verification(_ result: Int, _ problem: TLSProblem) {
        let failure = TransferFailure(CURLE_PEER_FAILED_VERIFICATION, detail: "", verification: result)
        #expect(failure.code == .tls)
        #expect(failure.problem == problem)
    }

    @Test(arguments: [(0, TLSProblem.Holder.server), (1, .authority), (2, .authority)])
    func whoseCertificate(_ depth: Int, _ holder: TLSProblem.Holder) {
        let flaw = CertificateFlaw(
            code: 10, depth: depth, subject: "CN=Old", validity: ("Nov  1 2026 GMT", "Nov 30 2026 GMT"))
        let failure = TransferFailure(CURLE_PEER_FAILED_VERIFICATION, detail: "expired", verification: 1, flaw: flaw)
        #expect(failure.problem == .expired(holder))
        #expect(failure.detail == "expired; the certificate of CN=Old is valid until Nov 30 2026 GMT")
    }

    @Test func aLookUpThatTimesOutIsTheNameServers() {
        let failure = TransferFailure(
            CURLE_OPERATION_TIMEDOUT, detail: "Resolving timed out after 1000 milliseconds", verification: 0)
        #expect(failure.code == .resolve)
        #expect(failure.error(url: "http://h/", wasSent: false).advice.contains("name servers"))
    }

    @Test func aProxyIsNamed() throws {
        let proxy = try #require(
            EnvironmentProxy(for: "http://h/x") { $0 == "http_proxy" ? "http://u:hunter2@proxy:3128" : nil })
        let failure = TransferFailure(CURLE_COULDNT_CONNECT, detail: "Failed to connect", verification: 0)
        let error = failure.error(url: "http://h/x", wasSent: false, proxy: proxy)
        #expect(
            error.description
                == "http://h/x: proxy http://u:***@proxy:3128 (http_proxy): Failed to connect; check that the proxy runs and "
                + "is the right one, or except the host in no_proxy")
        // Once the request was sent, the proxy was reached.
        #expect(failure.error(url: "http://h/x", wasSent: true, proxy: proxy).proxy == nil)
    }

    /// A proxy that refuses a tunnel is no server that refuses us.
    @Test func aTunnelThatFailsIsTheProxys() throws {
        let request = TransferRequest(.post, "https://h/x")
        for (status, advice) in [(407, "check user and password in the proxy's URL"), (503, "check that the proxy")] {
            let failure = TransferFailure(
                CURLE_RECV_ERROR, detail: "CONNECT tunnel failed, response \(status)", verification: 0)
            let error = failure.error(
                url: request.url, wasSent: false,
                proxy: failure.proxy(for: request) { $0 == "https_proxy" ? "http://u:hunter2@proxy:3128" : nil })
            #expect(error.proxy != nil)
            #expect(error.code == .sendReceive)
            #expect(error.advice.hasPrefix(advice))
        }
    }

    @Test(arguments: [
        "SSL: no alternative certificate subject name matches target host name 'a'",
        "SSL: certificate subject name 'a' does not match target host name 'b'",
    ])
    func wrongHostName(_ detail: String) {
        for verification in [0, 1] {
            let failure = TransferFailure(CURLE_PEER_FAILED_VERIFICATION, detail: detail, verification: verification)
            #expect(failure.problem == .wrongHostName)
        }
    }

    @Test(arguments: [
        (CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0"),
        (CURLE_SSL_CLIENTCERT, ""),
    ])
    func clientCertificateRequired(_ result: CURLcode, _ detail: String) {
        let failure = TransferFailure(result, detail: detail, verification: 0)
        #expect(failure.code == .tls)
        #expect(failure.problem == .clientCertificateRequired)
    }

    /// The server tells by an alert what it has against our certificate; under TLS 1.3 when the handshake is over for us.
    @Test(arguments: [
        ("tlsv1 alert unknown ca", false), ("sslv3 alert certificate expired", true),
        ("ssl/tls alert bad certificate", false), ("sslv3 alert certificate revoked", false),
    ])
    func ourCertificateIsNotAccepted(_ alert: String, _ isExpired: Bool) {
        for result in [CURLE_RECV_ERROR, CURLE_SSL_CONNECT_ERROR] {
            let detail = "OpenSSL SSL_read: OpenSSL/3.0.22: error:0A000418:SSL routines::\(alert), errno 0"
            let failure = TransferFailure(result, detail: detail, verification: 0)
            #expect(failure.problem == .clientCertificateRefused(isExpired: isExpired))
            #expect(failure.error(url: "https://h/", wasSent: true).advice.contains("our client certificate"))
        }
        for verification in [0, 1] {
            let failure = TransferFailure(
                CURLE_PEER_FAILED_VERIFICATION, detail: "SSL certificate verification failed",
                verification: verification)
            #expect(failure.problem == .clientCertificateRefused(isExpired: true))
        }
        #expect(TransferFailure(CURLE_RECV_ERROR, detail: "tlsv1 alert internal error", verification: 0).problem == nil)
    }

    /// `verify_ssl` is of no use against the certificate of an https:// proxy.
    @Test func theCertificateOfAProxyIsNotTheServers() throws {
        let proxy = try #require(
            EnvironmentProxy(for: "https://h/x") { $0 == "https_proxy" ? "https://proxy:3128" : nil })
        let failure = TransferFailure(
            CURLE_PEER_FAILED_VERIFICATION, detail: "SSL certificate problem", verification: 0, isOfProxy: true)
        let error = failure.error(url: "https://h/x", wasSent: false, proxy: proxy)
        #expect(error.code == .connect && error.tlsProblem == nil)
        #expect(
            error.description.contains(
                "proxy https://proxy:3128 (https_proxy): SSL certificate problem; check that the"))
    }

    @Test func aMessageThatSaysNothingIsReplaced() {
        let detail = "getpeername() failed with errno 107: Transport endpoint is not connected"
        let failure = TransferFailure(CURLE_RECV_ERROR, detail: detail, verification: 0)
        #expect(failure.detail == "Failure when receiving data from the peer")
    }

    @Test func detailIsOneLine() {
        #expect(TransferFailure(CURLE_RECV_ERROR, detail: "a\nb\rc", verification: 0).detail == "a b c")
    }
}
