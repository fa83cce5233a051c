public import Configuration
import Glibc
public import Keystone
public import Telemetry
public import Transfer

/// What every publisher is given.
public struct PublisherContext: Sendable {
    /// How many samples at most go into one payload; at least 1.
    public let maxSamplesPerRequest: Int
    /// Through which publishers speak HTTP.
    public let transfer: Transfer
    /// Aerostat's version, for `User-Agent`.
    public let version: String
    /// `[publisher] telemetry_secret`: what publishers sign samples with if their URL says `signature=true`.
    public let telemetrySecret: Secret
    /// The directory where publishers may keep what would only be a nuisance to lose; `nil` for none.
    public let stateDirectory: String?
    /// The files that publishers' URLs name.
    public let files: PublisherFiles
    /// Our session with Keystone, for publishers that find their service there; `nil` if nothing is said of it.
    public let keystone: KeystoneSession?
    /// Takes what publishers notice.
    public let notice: @Sendable (PublisherNotice) -> Void
    /// The present.
    public let now: @Sendable () -> Timestamp

    /// A context of those things; `maxSamplesPerRequest` below 1 counts as 1.
    public init(
        maxSamplesPerRequest: Int = 1000, transfer: Transfer, version: String, telemetrySecret: Secret,
        stateDirectory: String? = nil, files: PublisherFiles = PublisherFiles(), keystone: KeystoneSession? = nil,
        now: @escaping @Sendable () -> Timestamp = PublisherContext.systemTime,
        notice: @escaping @Sendable (PublisherNotice) -> Void = { _ in }
    ) {
        self.maxSamplesPerRequest = max(1, maxSamplesPerRequest)
        self.transfer = transfer
        self.version = version
        self.telemetrySecret = telemetrySecret
        self.stateDirectory = stateDirectory
        self.files = files
        self.keystone = keystone
        self.notice = notice
        self.now = now
    }

    /// The system's real-time clock.
    public static let systemTime: @Sendable () -> Timestamp = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
