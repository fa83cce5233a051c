/// What can be polled: a libvirt connection or a recording.
public protocol Hypervisor: Sendable {
    /// Reads every domain's statistics of the given groups (more may be given). Bounded in time.
    ///
    /// Throws `HypervisorError` if nothing could be read; a problem of one domain never does.
    func read(_ groups: StatisticsGroups) async throws(HypervisorError) -> Reading

    /// Ends connections and gives up what is under way. Bounded in time.
    func close() async
}

/// Why a hypervisor could not be read.
public struct HypervisorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is, for what to do about it.
    public enum Code: Sendable, Hashable {
        /// It cannot be reached; trying again may help.
        case unreachable
        /// It did not answer in time; trying again may help.
        case timedOut
        /// So many calls never returned that no more can be risked: the process must be restarted.
        case exhausted
        /// There is nothing more to read: the end of a recording.
        case ended
        /// The input is not what it should be.
        case malformed
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, where, and what the operator can do; one line.
    public let description: String

    /// An error of that kind.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
