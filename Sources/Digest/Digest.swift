import CCrypto

/// Digests of the SHA-2 family (FIPS 180-4) and message authentication with them (FIPS 198-1), by OpenSSL's libcrypto,
/// which libcurl brings into the process anyway.
public enum Digest {
    /// Has libcrypto stay whole until the process is gone; whoever may be its first user touches this before. Otherwise
    /// `exit` frees what other threads are using (OPENSSL_init_crypto(3), OPENSSL_INIT_NO_ATEXIT), and a process that ends
    /// while a thread is in libcrypto dies of SIGSEGV in place of its exit status.
    public static let library: Void = {
        // Whether that worked shows with the first use; there is nothing else to be done about it here.
        _ = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }()

    /// SHA-224 of the text's UTF-8, as 56 lower-case hexadecimal digits: what Nova and Ceilometer make host ids with.
    public static func sha224(_ text: String) -> String {
        var text = text
        return hexadecimal { digest, count in
            text.withUTF8 { EVP_Digest($0.baseAddress, $0.count, digest, count, EVP_sha224(), nil) == 1 }
        }
    }

    /// HMAC-SHA256 as 64 lower-case hexadecimal digits. The key may be of any length.
    public static func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> String {
        hexadecimal { digest, count in
            message.withUnsafeBufferPointer { message in
                HMAC(EVP_sha256(), key, Int32(key.count), message.baseAddress, message.count, digest, count) != nil
            }
        }
    }

    private static func hexadecimal(
        _ fill: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt32>) -> Bool
    ) -> String {
        _ = library
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        // Nothing that is hashed here can be at fault: libcrypto is without its algorithms or out of memory, and TLS
        // does not work either.
        guard digest.withUnsafeMutableBufferPointer({ $0.baseAddress.map { fill($0, &count) } ?? false }) else {
            fatalError("OpenSSL's libcrypto has no SHA-2; is a provider missing in its openssl.cnf?")
        }
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = digest.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: hexadecimal, as: UTF8.self)
    }
}
