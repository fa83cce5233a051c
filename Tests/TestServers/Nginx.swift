import Foundation
import Glibc

/// A real nginx on loopback, as the TLS servers of operators are. Ended by its process id.
public final class Nginx {
    /// One server with its own port.
    public struct Site: Sendable {
        let certificate: String
        let key: String
        let clientAuthority: String?
        let action: String

        /// A TLS server with that certificate of the authority. With `clientAuthority`, the path of a PEM file, it
        /// requires client certificates. It does what `action` says in nginx's words.
        public init(
            _ certificate: String, of authority: CertificateAuthority, clientAuthority: String? = nil,
            action: String = "return 204;"
        ) {
            self.certificate = authority.path("\(certificate).pem")
            key = authority.path("\(certificate).key")
            self.clientAuthority = clientAuthority
            self.action = action
        }
    }

    /// The port of each site, in their order.
    public let ports: [Int]
    private let process: Process
    private let folder: TemporaryFolder

    /// Starts it, and returns when every port answers: free ones, unless it is told which.
    public init(_ sites: [Site], ports: [Int]? = nil) throws {
        let tool = try Tool("nginx")
        let folder = try TemporaryFolder()
        let ports = try ports ?? ListeningSocket.freePorts(sites.count)
        let configuration = folder.path("nginx.conf")
        try Self.configuration(sites, ports).write(toFile: configuration, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = tool.url
        process.arguments = ["-p", folder.url.path, "-c", configuration, "-e", folder.path("error.log")]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.ports = ports
        self.process = process
        self.folder = folder
        for port in ports { try waitForConnection(port) }
    }

    deinit { stop() }

    /// Ends it.
    public func stop() {
        guard process.isRunning else { return }
        // It has inherited the blocked signals of a thread of Swift's pool, so SIGTERM would never reach it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// `https://127.0.0.1:port` of a site, and the path.
    public func url(_ site: Int, _ path: String = "/") -> String { "https://127.0.0.1:\(ports[site])\(path)" }

    private static func configuration(_ sites: [Site], _ ports: [Int]) -> String {
        let servers = zip(sites, ports).map { site, port in
            let client = site.clientAuthority.map { "ssl_client_certificate \($0); ssl_verify_client on;" } ?? ""
            return """
                server {
                    listen 127.0.0.1:\(port) ssl;
                    ssl_certificate \(site.certificate); ssl_certificate_key \(site.key); \(client)
                    location / { \(site.action) }
                }
                """
        }
        return """
            daemon off; master_process off; pid nginx.pid;
            events {}
            http {
                access_log off; client_max_body_size 64m; proxy_http_version 1.1;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                \(servers.joined(separator: "\n"))
            }
            """
    }

    private func waitForConnection(_ port: Int) throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if !process.isRunning { break }
            if canConnect(port) { return }
            usleep(5000)
        }
        stop()
        let log = FileManager.default.contents(atPath: folder.path("error.log")).map {
            String(decoding: $0, as: UTF8.self)
        }
        throw ToolError("nginx does not answer on port \(port): \(log ?? "no log")")
    }

    private func canConnect(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) == 0
            } ?? false
        }
    }
}
