import TestServers

extension CollectorFault {
    /// The faults for the soak: those after which everything must arrive by itself. (What is answered with 400 goes
    /// into quarantine, and TLS is a server of its own.)
    static var soaking: [CollectorFault] {
        passing.filter { $0.quarantines == 0 && !$0.isAbsentAtStart }
    }

    /// The parameters of a publisher for which every fault is one.
    static let soakingParameters = "?timeout=2&max_retries=0"
}
