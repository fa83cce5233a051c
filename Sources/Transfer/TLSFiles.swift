import CCrypto
import Glibc
import Synchronization
import Threads

/// Reads the files that TLS settings name, so that libcurl gets their content and opens none: a file on a mount that
/// hangs must not hold up the thread of all transfers.
///
/// Each settings' files are looked at before each request, so that one that was replaced counts at once, and read when
/// they have changed. One thread at a time does so for the same settings, however many requests wait for it.
final class TLSFiles: Sendable {
    /// What the files hold.
    struct Contents: Sendable, Hashable {
        /// PEM; `nil`: the settings name no authorities.
        var authorities: [UInt8]?
        var certificate: [UInt8]?
        var key: [UInt8]?
    }

    /// Why a file cannot be used.
    struct Failure: Error, Hashable {
        let problem: TLSProblem
        let detail: String
    }

    typealias Answer = @Sendable (Result<Contents, Failure>) -> Void

    private struct Reading {
        var waiting: [ObjectIdentifier: Answer] = [:]
        var isUnderWay = false
        var kept: Kept?
    }

    private struct Kept {
        let stamps: [FileStamp]
        let contents: Contents
    }

    private let readings = Mutex<[TLSSettings: Reading]>([:])

    /// Reads the files and calls `answer`. Never calls it if the disk does not answer.
    func read(_ settings: TLSSettings, for ticket: TransferTicket, _ answer: @escaping Answer) {
        let isFirst = readings.withLock { readings in
            readings[settings, default: Reading()].waiting[ObjectIdentifier(ticket)] = answer
            defer { readings[settings]?.isUnderWay = true }
            return readings[settings]?.isUnderWay == false
        }
        guard isFirst else { return }
        startOccasionalThread(named: "tls-files") { [self] in
            let kept = readings.withLock { $0[settings]?.kept }
            let result = Self.result(settings, kept)
            let waiting = readings.withLock { readings in
                let waiting = readings[settings]?.waiting.values.map(\.self) ?? []
                var next = Reading()
                if case .success(let found) = result { next.kept = found }
                readings[settings] = next
                return waiting
            }
            for answer in waiting { answer(result.map(\.contents)) }
        }
    }

    /// Drops the answer for that ticket.
    func forget(_ settings: TLSSettings, for ticket: TransferTicket) {
        readings.withLock { _ = $0[settings]?.waiting.removeValue(forKey: ObjectIdentifier(ticket)) }
    }

    /// The outcome for a request whose files were not read in time.
    static func hanging(_ request: TransferRequest, for time: Duration) -> TransferOutcome {
        let paths = [request.tls.authoritiesPath, request.tls.clientCertificate, request.tls.clientKey]
        let problem: TLSProblem =
            request.tls.authoritiesPath == nil ? .unusableClientCertificate : .unusableAuthorities
        let detail =
            "\(paths.compactMap(\.self).joined(separator: ", ")) not read within \(time.components.seconds) s: "
            + "the disk or mount does not answer"
        return .failure(TransferError(.tls, url: request.url, detail: detail, tlsProblem: problem))
    }

    private static func result(_ settings: TLSSettings, _ kept: Kept?) -> Result<Kept, Failure> {
        Result { () throws(Failure) in
            let files = try Files(settings)
            if let kept, kept.stamps == files.stamps { return kept }
            return Kept(stamps: files.stamps, contents: try files.contents(settings))
        }
    }
}

extension TLSSettings {
    var authoritiesPath: String? {
        if case .authorities(let path) = trust { path } else { nil }
    }
}

/// The paths that settings come to, and what the files there are.
private struct Files {
    private(set) var stamps: [FileStamp] = []
    private var authorities: [String] = []
    private var isDirectory = false

    /// A larger file is no certificate, and no bundle of them.
    private static let largest = 8 << 20

    init(_ settings: TLSSettings) throws(TLSFiles.Failure) {
        if let path = settings.authoritiesPath {
            let stamp = try add(path, .unusableAuthorities)
            isDirectory = stamp.isDirectory
            authorities = isDirectory ? try Self.certificates(in: path) : [path]
            // One of many that is gone or odd is no reason to distrust the others, as for OpenSSL.
            if isDirectory { stamps += authorities.compactMap { FileStamp($0) } }
        }
        for path in [settings.clientCertificate, settings.clientKey].compactMap(\.self) {
            _ = try add(path, .unusableClientCertificate)
        }
    }

    private mutating func add(_ path: String, _ problem: TLSProblem) throws(TLSFiles.Failure) -> FileStamp {
        guard let stamp = FileStamp(path) else {
            throw TLSFiles.Failure(problem: problem, detail: "\(path): \(String(cString: strerror(errno)))")
        }
        stamps.append(stamp)
        return stamp
    }

    func contents(_ settings: TLSSettings) throws(TLSFiles.Failure) -> TLSFiles.Contents {
        var contents = TLSFiles.Contents()
        if let path = settings.authoritiesPath {
            if isDirectory {
                let all = authorities.compactMap { path -> [UInt8]? in
                    guard case .success(let bytes) = Self.bytes(path), Self.holdsCertificates(bytes) else { return nil }
                    return bytes + [UInt8(ascii: "\n")]
                }
                guard !all.isEmpty else {
                    throw TLSFiles.Failure(
                        problem: .unusableAuthorities,
                        detail: "\(path) has no certificates under names of openssl rehash, such as 0a1b2c3d.0")
                }
                contents.authorities = all.flatMap(\.self)
            } else {
                contents.authorities = try Self.read(path, .unusableAuthorities)
            }
        }
        if let path = settings.clientCertificate {
            contents.certificate = try Self.read(path, .unusableClientCertificate)
        }
        if let path = settings.clientKey { contents.key = try Self.read(path, .unusableClientCertificate) }
        return contents
    }

    /// The files of a directory that OpenSSL looks at: eight hexadecimal digits, a point and a number.
    private static func certificates(in directory: String) throws(TLSFiles.Failure) -> [String] {
        guard let stream = opendir(directory) else {
            throw TLSFiles.Failure(
                problem: .unusableAuthorities, detail: "\(directory): \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        var paths: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].utf8.count == 8, parts[0].allSatisfy(\.isHexDigit), !parts[1].isEmpty,
                parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { continue }
            paths.append("\(directory)/\(name)")
        }
        return paths.sorted()
    }

    private static func read(_ path: String, _ problem: TLSProblem) throws(TLSFiles.Failure) -> [UInt8] {
        switch bytes(path) {
        case .success(let bytes) where !bytes.isEmpty: return bytes
        case .success: throw TLSFiles.Failure(problem: problem, detail: "\(path) is empty")
        case .failure(let failure): throw TLSFiles.Failure(problem: problem, detail: "\(path) \(failure.text)")
        }
    }

    private struct Unreadable: Error {
        let text: String

        static var system: Unreadable { Unreadable(text: "cannot be read: \(String(cString: strerror(errno)))") }
    }

    private static func bytes(_ path: String) -> Result<[UInt8], Unreadable> {
        // Without O_NONBLOCK, opening a FIFO that nobody writes to would wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .failure(.system) }
        defer { close(descriptor) }
        guard let stamp = FileStamp(descriptor: descriptor) else { return .failure(.system) }
        guard stamp.isRegular else { return .failure(Unreadable(text: "is no regular file")) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= largest {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return .success(bytes) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return .failure(.system) }
            bytes += chunk[..<count]
        }
        return .failure(Unreadable(text: "has over \(largest) bytes"))
    }

    /// One file that is no PEM would make OpenSSL refuse all.
    private static func holdsCertificates(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { pem_holds_certificates($0.baseAddress, CInt(clamping: $0.count)) } != 0
    }
}

/// What tells that a file is another one than before.
private struct FileStamp: Hashable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let changed: [Int]
    private let mode: mode_t

    var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    var isRegular: Bool { mode & S_IFMT == S_IFREG }

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(descriptor: CInt) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        changed = [
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ]
        mode = status.st_mode
    }
}
