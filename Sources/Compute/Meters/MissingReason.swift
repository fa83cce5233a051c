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
    /// QEMU is ending: it has no memory resident any more.
    case ending
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

extension MissingReason: CustomStringConvertible {
    /// One line without the instance's name.
    public var description: String {
        switch self {
        case .shutOff: "the instance is shut off"
        case .noBalloon: "the domain has no balloon device (<memballoon model='none'/>)"
        case .noDriver: "the guest has never reported (is its virtio balloon driver loaded?)"
        case .stale(let age, let limit, .paused):
            "the guest is paused and its figures are \(age) s old (limit \(limit) s)"
        case .stale(let age, let limit, .noPeriod):
            "the figures are \(age) s old (limit \(limit) s): nobody asks the guest for new ones. Set "
                + "mem_stats_period_seconds in nova.conf, or run virsh dommemstat --period 10 --live"
        case .stale(let age, let limit, .driverSilent):
            "the guest has not reported for \(age) s (limit \(limit) s)"
        case .fromTheFuture(let seconds):
            "the guest's figures are dated \(seconds) s in the future (did the host's clock step back?)"
        case .unknownAge: "libvirt does not tell how old the guest's figures are"
        case .notReported(let what): "the guest does not report \(what)"
        case .ending: "the guest's QEMU process is ending"
        case .noStatistics(let what): "libvirt sent no \(what)"
        case .busy(let seconds?): "the guest's monitor has been busy for \(seconds) s (does its QEMU hang?)"
        case .busy(nil): "the guest is busy with another client of libvirt"
        case .negative(let value): "libvirt sent \(value), which is no figure"
        case .firstPoll: "a rate needs two polls, and this was the first one"
        case .clockSetBack: "a rate needs the time since the poll before, and the host's clock was set back"
        case .noDisks: "the domain has no disk"
        case .noFlavor: "the domain has no flavor, and libvirt sent no size of its disks"
        }
    }
}
