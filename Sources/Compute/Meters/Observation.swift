import Hypervisor

/// All that a meter of an instance may look at: its statistics of one moment.
struct Observation {
    let instance: Instance
    let state: PowerState
    let stats: DomainStats
    /// Why the guest's own memory figures are not current; `nil` if they are.
    let stale: MissingReason?
}
