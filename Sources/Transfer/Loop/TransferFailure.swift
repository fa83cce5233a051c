import CLibcurl

/// Reads libcurl's error: its code, its text and the result of OpenSSL's verification (`CURLINFO_SSL_VERIFYRESULT`).
struct TransferFailure {
    let code: TransferError.Code
    let problem: TLSProblem?
    let detail: String

    /// `isOfProxy`: it came in the handshake with a proxy, whose certificates the request's settings say nothing of.
    init(
        _ result: CURLcode, detail: String, verification: Int, flaw: CertificateFlaw? = nil, isOfProxy: Bool = false
    ) {
        // libcurl keeps its first message. Of a connection that has ended already it is this one, which says nothing.
        let isEmpty = detail.hasPrefix("getpeername() failed")
        let detail = isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        let problem = Self.problem(result, detail: detail, verification: flaw?.code ?? verification, flaw)
        var text = detail
        if let flaw, !flaw.subject.isEmpty, let validity = problem?.validity(of: flaw) {
            text += "; the certificate of \(flaw.subject) is valid \(validity)"
        }
        self.detail = String(decoding: text.utf8.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
        self.problem = isOfProxy ? nil : problem
        code = problem == nil ? Self.code(result, detail) : isOfProxy ? .connect : .tls
    }

    func error(url: String, wasSent: Bool, proxy: EnvironmentProxy? = nil) -> TransferError {
        TransferError(code, url: url, detail: detail, tlsProblem: problem, wasSent: wasSent, proxy: proxy)
    }

    /// The proxy that could not be reached in the place of the request's host, if it was one.
    func proxy(for request: TransferRequest, environment: (String) -> String? = EnvironmentProxy.environment)
        -> EnvironmentProxy?
    {
        guard request.unixSocket == nil, [.resolve, .connect, .timeout].contains(code) || isOfTunnel else { return nil }
        return EnvironmentProxy(for: request.url, environment: environment)
    }

    /// Whether the proxy has refused to connect us with the server.
    private var isOfTunnel: Bool {
        detail.hasPrefix("CONNECT tunnel failed") || detail.hasPrefix("Proxy CONNECT aborted")
    }

    private static func code(_ result: CURLcode, _ detail: String) -> TransferError.Code {
        switch result {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .badURL
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED: .connect
        // It is the name servers that do not answer, not the server.
        case CURLE_OPERATION_TIMEDOUT where detail.hasPrefix("Resolving timed out"): .resolve
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY,
            CURLE_HTTP2, CURLE_BAD_CONTENT_ENCODING, CURLE_SEND_FAIL_REWIND:
            .sendReceive
        default: .other
        }
    }

    private static func problem(
        _ result: CURLcode, detail: String, verification: Int, _ flaw: CertificateFlaw?
    ) -> TLSProblem? {
        switch result {
        case CURLE_PEER_FAILED_VERIFICATION:
            problem(detail, verification, flaw.map { $0.depth == 0 ? .server : .authority })
        case CURLE_SSL_CERTPROBLEM: .unusableClientCertificate
        case CURLE_SSL_CACERT_BADFILE: .unusableAuthorities
        case CURLE_SSL_CLIENTCERT: .clientCertificateRequired
        // Under TLS 1.3 the server's refusal comes when the handshake is over for us (RFC 8446, section 4.4.2.4).
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_SSL_CONNECT_ERROR:
            alert(detail.lowercased()) ?? (result == CURLE_SSL_CONNECT_ERROR ? .handshake : nil)
        case CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            .handshake
        default: nil
        }
    }

    /// The server's alert about our certificate, in OpenSSL's words (RFC 8446, section 6.2).
    private static func alert(_ detail: String) -> TLSProblem? {
        guard let start = detail.firstRange(of: "alert ")?.upperBound else { return nil }
        let alert = detail[start...]
        if alert.hasPrefix("certificate required") { return .clientCertificateRequired }
        if alert.hasPrefix("certificate expired") { return .clientCertificateRefused(isExpired: true) }
        let refusals = [
            "unknown ca", "bad certificate", "certificate revoked", "certificate unknown", "unsupported certificate",
        ]
        return refusals.contains(where: alert.hasPrefix) ? .clientCertificateRefused(isExpired: false) : nil
    }

    /// OpenSSL's `X509_V_ERR_*` (openssl/x509_vfy.h). Where libcurl itself compares the names, nothing is wrong for
    /// OpenSSL (0, or 1 if it has not said so yet), and only libcurl's text tells.
    private static func problem(_ detail: String, _ verification: Int, _ holder: TLSProblem.Holder?) -> TLSProblem {
        switch verification {
        case 0, 1:
            if detail.contains("subject name") {
                .wrongHostName
            } else if detail.hasPrefix("SSL certificate verification failed") {
                // So libcurl calls the server's alert that our certificate has expired.
                .clientCertificateRefused(isExpired: true)
            } else {
                .invalidCertificate
            }
        case 62, 64: .wrongHostName
        case 9: .notYetValid(holder)
        case 10: .expired(holder)
        case 2, 18, 19, 20, 21, 27: .untrustedIssuer
        default: .invalidCertificate
        }
    }
}

extension TLSProblem {
    /// From when or until when a certificate is valid, where that is the problem.
    fileprivate func validity(of flaw: CertificateFlaw) -> String? {
        switch self {
        case .expired: "until \(flaw.validity.until)"
        case .notYetValid: "from \(flaw.validity.from)"
        default: nil
        }
    }
}
