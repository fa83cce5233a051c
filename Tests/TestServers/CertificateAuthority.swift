import Foundation

/// Signs certificates with `openssl`, in a folder of its own.
public final class CertificateAuthority: Sendable {
    /// Where NAME.pem and NAME.key lie.
    public let folder: TemporaryFolder
    private let openssl: Tool

    /// Makes the authority's own certificate, `ca.pem`; with `days` below 0 it has expired.
    public init(named name: String = "Test CA", days: Int = 2) throws {
        folder = try TemporaryFolder()
        openssl = try Tool("openssl")
        let isAuthority = "basicConstraints=critical,CA:TRUE\n"
        try isAuthority.write(toFile: folder.path("ca.ext"), atomically: true, encoding: .utf8)
        try openssl.run(
            ["req", "-new", "-subj", "/CN=\(name)", "-keyout", "ca.key", "-out", "ca.csr"] + Self.newKey, in: folder.url
        )
        try openssl.run(
            [
                "x509", "-req", "-in", "ca.csr", "-signkey", "ca.key", "-days", "\(days)", "-extfile", "ca.ext",
                "-out", "ca.pem",
            ], in: folder.url)
    }

    /// Runs `openssl` with those arguments in the folder.
    public func openssl(_ arguments: String...) throws { try openssl.run(arguments, in: folder.url) }

    /// The path of a file in the folder.
    public func path(_ name: String) -> String { folder.path(name) }

    /// Makes `NAME.pem` and `NAME.key` for a server of those `subjectAltName`s, or for a client; with `days` below 0 it
    /// has expired.
    public func issue(_ name: String, subjectAltName: String = "IP:127.0.0.1,DNS:localhost", days: Int = 2) throws {
        let extensions = "subjectAltName=\(subjectAltName)\n"
        try extensions.write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try openssl.run(
            ["req", "-new", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"] + Self.newKey,
            in: folder.url)
        try openssl.run(
            [
                "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "\(days)", "-extfile", "\(name).ext", "-out", "\(name).pem",
            ], in: folder.url)
    }

    private static let newKey = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
}
