import Telemetry

/// Why a meter has no volume for an instance in this cycle, in words that tell an operator what to do.
public enum MissingReason: Error, Sendable, Hashable {
    /// The instance does not run.
    case shutOff
    /// `<memballoon model='none'/>`.
    case noBalloon
    /// The balloon device is there, but the guest's driver never reported.
    case noDriver
    /// The guest's figures are older than `limit` seconds. `cause` says why they may be.
    case stale(age: Int, limit: Int, cause: StaleCause)
    /// The figures carry a time that lies ahead of the host's clock by so many seconds.
    case fromTheFuture(seconds: Int)
    /// Neither libvirt nor the hypervisor tells how old the guest's figures are.
    case unknownAge
    /// The guest reports, but not this.
    case notReported(String)
    /// QEMU is ending: libvirt reads 0 of its threads and its memory.
    case ending
    /// libvirt reads 0 of the guest's process: it cannot see it, or the process is gone.
    case processUnseen
    /// A counter is less than before in the same run of the guest.
    case wentBack
    /// libvirt sent none of the statistics that the meter needs.
    case noStatistics(String)
    /// The guest's process does not answer libvirt, for so many seconds if that is known, or somebody else is asking it.
    case busy(seconds: Int?)
    /// libvirt sent a number that means nothing here.
    case negative(Int128)
    /// A rate follows from two polls, and this is the first.
    case firstPoll
    /// A rate needs the time between two polls, and the host's clock was set back between them.
    case clockSetBack
    /// The meter is a sum over disks, and there are none.
    case noDisks
    /// The domain is none of Nova's, and so has no flavor, and its disks' sizes are not known.
    case noFlavor

    /// Why a guest's figures are old.
    public enum StaleCause: Sendable, Hashable {
        /// The guest is paused or suspended.
        case paused
        /// Nobody asks the guest for figures: `<memballoon>` has no `<stats period>`.
        case noPeriod
        /// Neither: the guest's driver has stopped answering.
        case driverSilent
    }
}

/// The properties of a guest that the explanations of missing figures depend on.
public struct GuestSetup: Sendable, Hashable {
    /// Whether the guest is Windows, where the VirtIO driver alone does not report.
    public var isWindows: Bool
    /// Whether Nova made the domain, and nova.conf rules it.
    public var isNova: Bool
    /// libvirt's name of the domain.
    public var libvirtName: String
    /// Its UUID.
    public var uuid: String
    /// libvirt's URI without secrets.
    public var libvirtURI: String

    /// A setup of those properties.
    public init(isWindows: Bool, isNova: Bool, libvirtName: String, uuid: String, libvirtURI: String) {
        self.isWindows = isWindows
        self.isNova = isNova
        self.libvirtName = libvirtName
        self.uuid = uuid
        self.libvirtURI = libvirtURI
    }

    /// The command that turns a running guest's memory statistics on.
    var remedy: String {
        "virsh -c \(Self.quoted(libvirtURI)) dommemstat \(Self.quoted(domain)) --period 10 --live"
    }

    /// The domain's name, or its UUID where virsh would take the name for an id or an option, or it is no single line.
    private var domain: String {
        let isOrdinary =
            !libvirtName.isEmpty && !libvirtName.hasPrefix("-") && !libvirtName.allSatisfy(\.isNumber)
            && libvirtName.oneLine == libvirtName
        return isOrdinary ? libvirtName : uuid
    }

    /// A word as a POSIX shell takes it.
    private static func quoted(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                    || "_./:@+=,-".unicodeScalars.contains($0))
        }
        return plain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }
}

extension MissingReason: CustomStringConvertible {
    /// One line without the instance's name.
    public var description: String { text(for: nil) }

    /// One line without the instance's name, with the remedy for that guest.
    public func text(for guest: GuestSetup?) -> String {
        switch self {
        case .shutOff: "the instance is shut off"
        case .noBalloon:
            "the domain has no balloon device (<memballoon model='none'/>)" + Self.withoutBalloon(guest)
        case .noDriver:
            "the guest has never reported"
                + (guest?.isWindows == true
                    ? "; install the VirtIO balloon driver and start the Balloon service (BLNSVR) in the guest"
                    : " (is its virtio balloon driver loaded?)")
        case .stale(let age, let limit, .paused):
            "the guest is paused and its figures are \(age) s old (limit \(limit) s)"
        case .stale(let age, let limit, .noPeriod):
            "the figures are \(age) s old (limit \(limit) s): nobody asks the guest for new ones"
                + Self.withoutPeriod(guest)
        case .stale(let age, let limit, .driverSilent):
            "the guest has not reported for \(age) s (limit \(limit) s)"
                + (guest?.isWindows == true
                    ? "; check the VirtIO balloon driver and the Balloon service (BLNSVR) in the guest"
                    : "; check the virtio balloon driver in the guest")
        case .fromTheFuture(let seconds):
            "the guest's figures are dated \(seconds) s in the future (did the host's clock step back?)"
        case .unknownAge: "libvirt does not tell how old the guest's figures are"
        case .notReported(let what):
            "the guest does not report \(what)"
                + (guest?.isWindows == true
                    ? "; it needs the VirtIO balloon driver and the running Balloon service (BLNSVR)" : "")
        case .ending: "the guest's QEMU process is ending"
        case .processUnseen:
            "libvirt read 0 from /proc: libvirtd cannot see the guest's QEMU there (another PID namespace, or hidepid), "
                + "or that process has just gone"
        case .wentBack: "libvirt sent a smaller count than before in the same run of the guest; the next poll decides"
        case .noStatistics(let what): "libvirt sent no \(what)"
        case .busy(let seconds?): "the guest's monitor has been busy for \(seconds) s (does its QEMU hang?)"
        case .busy(nil): "the guest is busy with another client of libvirt"
        case .negative(-1): "libvirt reported -1 (unknown)"
        case .negative(let value): "libvirt reported \(value), expected 0 or more"
        case .firstPoll: "a rate needs two polls, and this was the first one"
        case .clockSetBack: "a rate needs the time since the poll before, and the host's clock was set back"
        case .noDisks: "the domain has no disk"
        case .noFlavor: "the domain has no flavor, and libvirt sent no size of its disks"
        }
    }

    /// The remedy for a domain without a balloon. Nova since 2025.2 leaves it out if it collects no statistics.
    private static func withoutBalloon(_ guest: GuestSetup?) -> String {
        guard let guest else { return "" }
        let remedy =
            guest.isNova
            ? "; Nova 2025.2 and newer builds it so where mem_stats_period_seconds is 0 or less. Set [libvirt] "
                + "mem_stats_period_seconds = 10 in nova.conf and hard-reboot the instance"
            : "; give the domain <memballoon model='virtio'><stats period='10'/></memballoon> and restart it"
        return remedy + andWindows(guest)
    }

    /// The remedy for a domain without a statistics period. Nova before 2025.2 leaves it out if it is 0 or less.
    private static func withoutPeriod(_ guest: GuestSetup?) -> String {
        guard let guest else { return " (<memballoon> has no <stats period>)" }
        let cause =
            guest.isNova
            ? ", as Nova's mem_stats_period_seconds was 0 or less when it built the domain"
            : ", as <memballoon> has no <stats period>"
        let lasting =
            guest.isNova
            ? "set [libvirt] mem_stats_period_seconds = 10 in nova.conf, and hard-reboot the instance"
            : "put <stats period='10'/> into its <memballoon>"
        return "\(cause). For now run \(guest.remedy). For good \(lasting)" + andWindows(guest)
    }

    private static func andWindows(_ guest: GuestSetup) -> String {
        guest.isWindows
            ? ". Windows also needs the VirtIO balloon driver and the running Balloon service (BLNSVR)" : ""
    }
}
