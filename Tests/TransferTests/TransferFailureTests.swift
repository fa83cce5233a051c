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
        (10, TLSProblem.expired), (9, .notYetValid), (18, .untrustedIssuer), (19, .untrustedIssuer),
        (20, .untrustedIssuer), (21, .untrustedIssuer), (62, .wrongHostName), (23, .invalidCertificate),
        (0, .invalidCertificate),
    ])
    func verification(_ result: Int, _ problem: TLSProblem) {
        let failure = TransferFailure(CURLE_PEER_FAILED_VERIFICATION, detail: "", verification: result)
        #expect(failure.code == .tls)
        #expect(failure.problem == problem)
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

    @Test func detailIsOneLine() {
        #expect(TransferFailure(CURLE_RECV_ERROR, detail: "a\nb\rc", verification: 0).detail == "a b c")
    }
}
