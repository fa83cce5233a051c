import CCrypto
import CLibcurl
import Synchronization

/// Which certificate of a chain was not accepted, as OpenSSL's verification tells it. libcurl itself tells only why.
struct CertificateFlaw: Sendable, Hashable {
    /// `X509_V_ERR_*` (openssl/x509_vfy.h).
    let code: Int
    /// Where it stands in the chain: 0 is the server's own, what is above are its authorities'.
    let depth: Int
    /// The certificate's subject (RFC 2253).
    let subject: String
    /// From when and until when it is valid, such as `Nov 30 12:00:00 2026 GMT`.
    let validity: (from: String, until: String)

    static func == (a: CertificateFlaw, b: CertificateFlaw) -> Bool {
        (a.code, a.depth, a.subject) == (b.code, b.depth, b.subject) && a.validity == b.validity
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(depth)
        hasher.combine(subject)
    }

    /// The first flaw of each handshake, by the number of the exchange that it was for. A number, as a connection with its
    /// context may outlive the exchange.
    private static let found = Mutex<[UInt: CertificateFlaw]>([:])
    private static let contextIndex = new_tls_context_index()

    /// Whether libcurl speaks TLS by the OpenSSL that is linked here: then its contexts can be looked into.
    private static let isAvailable: Bool = {
        guard let name = curl_tls_library() else { return false }
        return contextIndex >= 0 && String(cString: name).hasPrefix("OpenSSL/\(openssl_major()).")
    }()

    /// Notes the flaws of a handle's handshakes under a number. Without effect on another TLS library.
    static func watch(_ handle: UnsafeMutableRawPointer, number: UInt) -> CURLcode {
        guard isAvailable else { return CURLE_OK }
        let code = curl_easy_setopt_tls_context(handle) { _, context, number in
            guard let context else { return CURLE_OK }
            let isWatched = watch_verification(context, CertificateFlaw.contextIndex, number) { isGood, store in
                if isGood == 0, let store { CertificateFlaw.note(store) }
                return isGood
            }
            return isWatched == 0 ? CURLE_OUT_OF_MEMORY : CURLE_OK
        }
        guard code == CURLE_OK else { return code }
        return curl_easy_setopt_pointer(handle, CURLOPT_SSL_CTX_DATA, UnsafeMutableRawPointer(bitPattern: number))
    }

    /// What was noted under a number, which is forgotten.
    static func take(_ number: UInt) -> CertificateFlaw? {
        found.withLock { $0.removeValue(forKey: number) }
    }

    private static func note(_ store: OpaquePointer) {
        let number = UInt(bitPattern: verified_number(store, contextIndex))
        guard number != 0 else { return }
        var facts = certificate_facts()
        describe_certificate(store, &facts)
        func text<Tuple>(_ tuple: Tuple) -> String {
            withUnsafeBytes(of: tuple) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
        }
        let flaw = CertificateFlaw(
            code: Int(facts.code), depth: Int(facts.depth), subject: text(facts.subject),
            validity: (text(facts.not_before), text(facts.not_after)))
        found.withLock { if $0[number] == nil { $0[number] = flaw } }
    }
}
